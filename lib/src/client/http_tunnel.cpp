// RFC 9110 section 9.3.6: CONNECT.
#include <system_error>

#include "client/answer.hpp"
#include "client/tunnel_protocols.hpp"
#include "protocol/authorization.hpp"
#include "websock/client/connect.hpp"
#include "websock/http/head.hpp"

namespace websock {
namespace {

std::string connect_request(const http::url& proxy, const std::string& host, std::uint16_t port) {
  http::request request;
  request.method = "CONNECT";
  // RFC 9112 section 3.2.3: "authority-form = uri-host ":" port".
  request.target = io::endpoint{host, port, {}}.to_string();
  request.fields.add("Host", request.target);
  if (!proxy.userinfo.empty()) {
    request.fields.add("Proxy-Authorization", protocol::basic_authorization_of(proxy.userinfo));
  }
  return http::serialize_head(request);
}

unsigned number_of(http::status status) noexcept { return static_cast<unsigned>(status); }

}  // namespace

task<void> open_http_tunnel(io::byte_stream& stream, http::url proxy, std::string host, std::uint16_t port) {
  const std::string request = connect_request(proxy, host, port);
  co_await stream.write(request);
  answer_reader answer{stream};
  try {
    co_await answer.read_head_exactly();
  } catch (const std::system_error& error) {
    throw std::system_error{error.code(), "the answer of " + describe_proxy(proxy)};
  }
  // "Any 2xx (Successful) response indicates that the sender (and all inbound proxies) will switch
  // to tunnel mode immediately after the response header section"; "A client MUST ignore any
  // Content-Length or Transfer-Encoding header fields received in a successful response to CONNECT."
  const unsigned status = number_of(answer.head().status);
  if (status / 100 == 2) co_return;
  co_await answer.read_body();
  throw handshake_error{errc::proxy_refused, describe_proxy(proxy) + ": " + std::to_string(status),
                        answer.take()};
}

}  // namespace websock
