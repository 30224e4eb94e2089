// URLs of RFC 3986 as far as WebSocket needs them (RFC 6455 section 3), and percent-encoding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace websock::http {

/// "wss://user:pw@example.com:8443/chat?x=1" in parts.
struct url {
  std::string scheme;    ///< in lower case: ws, wss, http, https, ws+unix; of a proxy also socks5, socks5h
  std::string userinfo;  ///< still percent-encoded
  std::string host;      ///< lower case; an IPv6 address without its brackets
  std::uint16_t port = 0;  ///< the scheme's default when none is given
  std::string target = "/";  ///< path and query, as it goes into the request line
  std::string unix_path;   ///< ws+unix:/path/to/socket:/target; then `host` is "localhost"

  /// The Host field: with brackets, and with the port when it is not the scheme's default.
  [[nodiscard]] std::string authority() const;
  /// "scheme://authority" (RFC 6454).
  [[nodiscard]] std::string origin() const;
};

/// Errors: `std::system_error{errc::url_invalid}` whose text says what is wrong, where, and what
/// would be right; it never repeats the userinfo. A fragment is refused (RFC 6455 section 3), a host
/// beyond ASCII too (give its A-labels). `ws+unix:` takes an absolute path, up to the next ':' and
/// percent-decoded, and a target behind that ("ws+unix:/run/chat.sock:/room?x=1").
url parse_url(std::string_view text);

/// What `reference` (a Location field, say) means at `base`, by RFC 3986 section 5.2: a URL, or its
/// part from the authority ("//example.com/a"), the path ("/a", "../a") or the query on. A fragment
/// is dropped; userinfo goes along with the authority. Throws as `parse_url` does.
url resolve_reference(const url& base, std::string_view reference);

/// A host with an optional port, as a Host field has it: "example.com:8080", "[::1]".
struct host_and_port {
  std::string_view host;              ///< as it came; an IPv6 address without its brackets
  std::optional<std::uint16_t> port;  ///< nothing when none (or an empty one) is given
};

/// Reads a Host field's value (RFC 9110 section 7.2). Nothing for anything else, an empty host too.
/// A host is letters, digits and "-._~": escapes and sub-delims are in no name that DNS resolves.
std::optional<host_and_port> parse_host(std::string_view text) noexcept;

/// 80 for ws and http, 443 for wss and https, 1080 for socks5 and socks5h, 0 for another scheme. In
/// lower case.
std::uint16_t default_port(std::string_view scheme) noexcept;

/// Decodes %XX; nothing when a '%' is not followed by two hex digits. '+' is left alone.
std::optional<std::string> percent_decode(std::string_view text);
/// "a=1&b=x%20y" as decoded pairs, in order ('+' is a blank here). Broken escapes stay as they are.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

}  // namespace websock::http
