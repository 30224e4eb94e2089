#include "run/testee_server.hpp"

#include "run/listening.hpp"
#include "run/testee_options.hpp"
#include "websock/server/server.hpp"

namespace conformance {
namespace {

websock::task<void> echo(websock::session& session) {
  while (auto message = co_await session.receive()) {
    co_await session.send(*message);
  }
}

websock::server_config configure(const specification& wanted) {
  const auto where = listening_endpoint(wanted);
  websock::server_config config;
  config.listeners.front().address = where.address;
  config.listeners.front().port = where.port;
  config.listeners.front().tls = listening_tls(wanted);
  websock::route_config route;
  route.path = "/*";
  route.handler = "echo";
  route.origins.emplace_back("*");
  route.session = testee_options();
  config.routes.push_back(std::move(route));
  return config;
}

}  // namespace

void run_testee_server(const specification& wanted, const line_sink& tell) {
  websock::server server{configure(wanted)};
  server.handle("echo", echo);
  server.run();
  say(tell, "the testee has ended");
}

}  // namespace conformance
