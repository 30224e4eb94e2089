// Request and response heads as values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "websock/http/fields.hpp"
#include "websock/http/status.hpp"

namespace websock::http {

/// A request: its head and, for plain HTTP handlers, its body.
struct request {
  std::string method;               ///< "GET", as it came: methods have case
  std::string target;               ///< as on the wire: "/rooms/a%20b?x=1"
  std::uint8_t version_minor = 1;   ///< 1 for HTTP/1.1, 0 for HTTP/1.0
  http::fields fields;
  std::string body;                 ///< empty in an opening handshake

  /// The target's path before '?', still percent-encoded ("/rooms/a%20b"). Also of an absolute
  /// target ("http://example.com/a" has "/a"; "/" when it has none); "*" stays, and the target of a
  /// CONNECT has no path: "".
  [[nodiscard]] std::string_view path() const noexcept;
  /// What follows '?', still percent-encoded; empty when there is none.
  [[nodiscard]] std::string_view query() const noexcept;
  /// Whom the client wants to reach ("example.com:8080"): the Host field, or the authority of an
  /// absolute target, which goes before it (RFC 9112 section 3.2.2). Empty: the client did not say.
  [[nodiscard]] std::string_view host() const noexcept;
};

/// A response. `Content-Length`, `Date` and `Connection` are the server's to add.
struct response {
  http::status status = http::status::ok;
  http::fields fields;
  std::string body;
};

/// The octets of a head, with the empty line at its end; no body. Throws
/// `std::system_error{errc::field_invalid}` for a method that is no token and for a target that is
/// empty or has blanks, control characters or octets beyond ASCII.
std::string serialize_head(const request& head);
std::string serialize_head(const response& head);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7), from seconds since the epoch.
std::string format_date(std::int64_t seconds);

}  // namespace websock::http
