// An echo peer on WebSocket++.
#include <websocketpp/client.hpp>
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/config/asio_no_tls_client.hpp>
#include <websocketpp/extensions/permessage_deflate/enabled.hpp>
#include <websocketpp/server.hpp>

#include "cases.hpp"

namespace {

/// A configuration of the library with a larger limit, and with compression.
template <typename Base>
struct tuned : Base {
  using type = tuned;
  using base = Base;
  static const std::size_t max_message_size = peers::message_limit;
  struct permessage_deflate_config : Base::permessage_deflate_config {};
  using permessage_deflate_type =
      websocketpp::extensions::permessage_deflate::enabled<permessage_deflate_config>;
};

using server = websocketpp::server<tuned<websocketpp::config::asio>>;
using client = websocketpp::client<tuned<websocketpp::config::asio_client>>;

template <typename Endpoint>
void set_up(Endpoint& endpoint) {
  endpoint.clear_access_channels(websocketpp::log::alevel::all);
  endpoint.clear_error_channels(websocketpp::log::elevel::all);
  endpoint.init_asio();
}

template <typename Endpoint>
void echo(Endpoint& endpoint, websocketpp::connection_hdl connection,
          typename Endpoint::message_ptr message) {
  websocketpp::lib::error_code ignored;
  endpoint.send(connection, message->get_payload(), message->get_opcode(), ignored);
}

void serve() {
  server endpoint;
  set_up(endpoint);
  endpoint.set_message_handler(
      [&](auto connection, server::message_ptr message) { echo(endpoint, connection, message); });
  endpoint.listen("127.0.0.1", "0");
  websocketpp::lib::asio::error_code error;
  peers::say_port(endpoint.get_local_endpoint(error).port());
  endpoint.start_accept();
  endpoint.run();
}

std::string echo_with(const std::string& url) {
  client endpoint;
  set_up(endpoint);
  std::string first;
  endpoint.set_message_handler([&](auto connection, client::message_ptr message) {
    if (first.empty()) {
      first = message->get_payload();
    }
    echo(endpoint, connection, message);
  });
  websocketpp::lib::error_code error;
  const auto connection = endpoint.get_connection(url, error);
  endpoint.connect(connection);
  endpoint.run();
  return first;
}

}  // namespace

int main(int count, char** arguments) { return peers::run_peer(count, arguments, serve, echo_with); }
