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

/// A proxy's URL: http (port 80 when none is given), https (443), socks5 and socks5h (1080, and the
/// same: the proxy resolves names); http where there is no scheme ("proxy.example:3128"). Throws
/// `errc::url_invalid`, or `field_invalid` for credentials that Basic cannot carry; the text says what
/// is wrong and where, and never repeats the userinfo.
http::url parse_proxy(std::string_view text);

/// The proxy that the environment has for `target`, unless no_proxy names its host: the first that is
/// set of wss_proxy, https_proxy, all_proxy, and for ws of ws_proxy, http_proxy, all_proxy; each in
/// lower case first, then in upper case, but for HTTP_PROXY. None for a Unix socket. Throws as
/// `parse_proxy`, and names the variable. `get` is `std::getenv` but in tests.
std::optional<http::url> proxy_of_environment(const http::url& target,
                                              const std::function<const char*(const char*)>& get);

/// Asks the proxy at the other end of `stream` for a connection to `host`:`port`; from then on the
/// stream is that connection, and nothing of it has been read. HTTP: throws `handshake_error{errc::
/// proxy_refused}` with the proxy's response for a status other than 2xx, `errc::http_malformed`,
/// `http_head_too_large`. SOCKS5: throws `std::system_error{errc::proxy_refused}` that says why, also for
/// an answer that is no SOCKS5. Both: `errc::connection_lost` when the answer is cut off. After an error
/// or a cancellation the stream is of no further use. `proxy` is copied before the call returns.
task<void> open_tunnel(io::byte_stream& stream, const http::url& proxy, std::string host, std::uint16_t port);

}  // namespace websock
