// The two ways in which `open_tunnel` asks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "websock/http/url.hpp"
#include "websock/io/byte_stream.hpp"
#include "websock/io/endpoint.hpp"
#include "websock/task.hpp"

namespace websock {

inline bool is_socks(const http::url& proxy) noexcept {
  return proxy.scheme == "socks5" || proxy.scheme == "socks5h";
}

/// "proxy example.com:3128", for errors: without the userinfo.
inline std::string describe_proxy(const http::url& proxy) {
  return "proxy " + io::endpoint{proxy.host, proxy.port, {}}.to_string();
}

task<void> open_http_tunnel(io::byte_stream& stream, http::url proxy, std::string host, std::uint16_t port);
task<void> open_socks_tunnel(io::byte_stream& stream, http::url proxy, std::string host, std::uint16_t port);

/// RFC 1929: the message that presents the credentials of a URL's userinfo. Throws
/// `errc::url_invalid` for what does not fit in.
std::string socks_credentials(std::string_view userinfo);

}  // namespace websock
