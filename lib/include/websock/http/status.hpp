// RFC 9110 section 15 and IANA's registry: status codes.
#pragma once

#include <cstdint>
#include <string_view>

namespace websock::http {

enum class status : std::uint16_t {
  switching_protocols = 101,
  ok = 200,
  no_content = 204,
  partial_content = 206,
  moved_permanently = 301,
  found = 302,
  see_other = 303,
  not_modified = 304,
  temporary_redirect = 307,
  permanent_redirect = 308,
  bad_request = 400,
  unauthorized = 401,
  forbidden = 403,
  not_found = 404,
  method_not_allowed = 405,
  request_timeout = 408,
  conflict = 409,
  content_too_large = 413,
  range_not_satisfiable = 416,
  upgrade_required = 426,
  too_many_requests = 429,
  request_header_fields_too_large = 431,
  internal_server_error = 500,
  not_implemented = 501,
  service_unavailable = 503,
  http_version_not_supported = 505,
};

/// The registered phrase ("Not Found"); "" for a code that is not in the list above.
std::string_view reason_phrase(status code) noexcept;

}  // namespace websock::http
