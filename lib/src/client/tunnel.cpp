#include "client/tunnel.hpp"

#include "client/tunnel_protocols.hpp"

namespace websock {

// No coroutine: the proxy is copied before the caller goes on.
task<void> open_tunnel(io::byte_stream& stream, const http::url& proxy, std::string host,
                       std::uint16_t port) {
  return is_socks(proxy) ? open_socks_tunnel(stream, proxy, std::move(host), port)
                         : open_http_tunnel(stream, proxy, std::move(host), port);
}

}  // namespace websock
