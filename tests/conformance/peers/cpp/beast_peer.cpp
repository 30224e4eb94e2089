// An echo peer on Boost.Beast, in coroutines.
#include <utility>  // Boost 1.74's awaitable.hpp forgets it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include "cases.hpp"

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::use_awaitable;
using asio::ip::tcp;
using stream = websocket::stream<beast::tcp_stream>;

namespace {

void set_options(stream& peer, beast::role_type role) {
  websocket::permessage_deflate deflate;
  deflate.server_enable = true;
  deflate.client_enable = true;
  peer.set_option(deflate);
  peer.set_option(websocket::stream_base::timeout::suggested(role));
  peer.read_message_max(peers::message_limit);
  beast::get_lowest_layer(peer).socket().set_option(tcp::no_delay{true});
}

/// Until the connection ends, which is an exception.
asio::awaitable<void> echo(stream& peer, std::string* first) {
  while (true) {
    beast::flat_buffer message;
    co_await peer.async_read(message, use_awaitable);
    if (first != nullptr && first->empty()) {
      *first = beast::buffers_to_string(message.data());
    }
    peer.text(peer.got_text());
    co_await peer.async_write(message.data(), use_awaitable);
  }
}

asio::awaitable<void> answer(tcp::socket socket) {
  stream peer{std::move(socket)};
  set_options(peer, beast::role_type::server);
  co_await peer.async_accept(use_awaitable);
  co_await echo(peer, nullptr);
}

asio::awaitable<void> listen(tcp::acceptor acceptor) {
  while (true) {
    tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
    asio::co_spawn(acceptor.get_executor(), answer(std::move(socket)), asio::detached);
  }
}

void serve() {
  asio::io_context context;
  tcp::acceptor acceptor{context, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
  peers::say_port(acceptor.local_endpoint().port());
  asio::co_spawn(context, listen(std::move(acceptor)), asio::detached);
  context.run();
}

asio::awaitable<void> visit(peers::address address, std::string* first) {
  const auto executor = co_await asio::this_coro::executor;
  stream peer{executor};
  tcp::resolver resolver{executor};
  const auto endpoints = resolver.resolve(address.host, address.port);
  co_await beast::get_lowest_layer(peer).async_connect(endpoints, use_awaitable);
  set_options(peer, beast::role_type::client);
  const std::string host = address.host + ":" + address.port;
  co_await peer.async_handshake(host, address.target, use_awaitable);
  co_await echo(peer, first);
}

std::string echo_with(const std::string& url) {
  asio::io_context context;
  std::string first;
  asio::co_spawn(context, visit(peers::address{url}, &first), asio::detached);
  context.run();
  return first;
}

}  // namespace

int main(int count, char** arguments) { return peers::run_peer(count, arguments, serve, echo_with); }
