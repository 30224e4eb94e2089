// The four forms of a request target (RFC 9112 section 3.2).
#pragma once

#include <string_view>

namespace websock::http {

struct target_parts {
  std::string_view authority;  ///< of an absolute target or a CONNECT; else empty
  std::string_view path;
  std::string_view query;  ///< without '?'
};

target_parts split_target(std::string_view method, std::string_view target) noexcept;

/// Whether the target has one of the four forms, and that form goes with the method.
bool is_target(std::string_view method, std::string_view target) noexcept;

/// Not empty, and visible ASCII throughout: it cannot end the request line.
bool is_target_text(std::string_view target) noexcept;

}  // namespace websock::http
