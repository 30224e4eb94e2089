// Through a proxy: HTTP CONNECT (RFC 9110 section 9.3.6) and SOCKS5 (RFC 1928, RFC 1929).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "websock/http/url.hpp"
#include "websock/io/byte_stream.hpp"
#include "websock/task.hpp"

namespace websock {

/// A proxy's URL: http, https, socks5, socks5h. Throws `errc::url_invalid`; the text never repeats
/// the userinfo.
http::url parse_proxy(std::string_view text);

/// The proxy that the environment has for `target` (ws or wss), after no_proxy. `get` is `std::getenv`
/// but in tests.
std::optional<http::url> proxy_of_environment(const http::url& target,
                                              const std::function<const char*(const char*)>& get);

/// Asks the proxy at the other end of `stream` for a connection to `host`:`port`; from then on the
/// stream is that connection. Throws `handshake_error{errc::proxy_refused}` with the proxy's response
/// (SOCKS5: `std::system_error{errc::proxy_refused}` that says why).
task<void> open_tunnel(io::byte_stream& stream, const http::url& proxy, std::string host, std::uint16_t port);

}  // namespace websock
