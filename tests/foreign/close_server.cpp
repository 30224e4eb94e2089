// A server whose sessions close themselves with the code that their path names: /close/3000.
#include <websock/server/server.hpp>

#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace {

websock::task<void> close_as_asked(websock::session& session) {
  const std::string_view digits = session.parameter("code");
  std::uint16_t code = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), code);
  co_await session.close(static_cast<websock::close_code>(code), "as asked");
}

websock::server_config configuration() {
  websock::server_config config;
  config.listeners.front().port = 0;
  config.threads = 1;
  websock::route_config route;
  route.path = "/close/{code}";
  route.handler = "close";
  route.origins = {"*"};  // the browser asks from the page of another server
  config.routes.push_back(std::move(route));
  return config;
}

}  // namespace

int main() {
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  sigprocmask(SIG_BLOCK, &end, nullptr);  // before there are threads, so that they inherit it

  websock::server server{configuration()};
  server.handle("close", close_as_asked);
  server.start();
  const auto where = server.endpoints().front();
  std::printf("listening on ws://%s/close/1000\n", where.to_string().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&end, &signal);
}
