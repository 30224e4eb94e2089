// The server of the attacks that need handlers and hooks: victim --config FILE. Its routes are in server_attacks.py.
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "websock/core/constant_time.hpp"
#include "websock/io/timer.hpp"
#include "websock/server/server.hpp"

namespace {

using websock::http_context;
using websock::session;
using websock::task;
namespace http = websock::http;

constexpr std::string_view secret = "Bearer 0123456789abcdef0123456789abcdef";

/// A line of the log, which the tests read; the path of a session tells them apart.
void note(const std::string& what) {
  std::printf("%s\n", what.c_str());
  std::fflush(stdout);
}

task<void> echo(session& peer) {
  while (auto message = co_await peer.receive()) {
    co_await peer.send(*message);
  }
}

/// Says of everything that was delivered that it was.
task<void> record(session& peer) {
  struct at_the_end {
    ~at_the_end() { note("left"); }
  } const guard;  // also when receive throws
  note("entered");
  while (auto message = co_await peer.receive()) {
    note("delivered " + std::to_string(message->size()) + ": " + std::string{message->text().substr(0, 40)});
  }
}

/// Ends itself in the way that its path names, at once or at the first message.
task<void> end(session& peer) {
  const std::string how{peer.parameter("how")};
  if (how.ends_with("_later")) co_await peer.receive();
  if (how.starts_with("throw")) throw std::runtime_error{"as asked"};
  if (how.starts_with("abort")) peer.abort();
  if (how.starts_with("close")) co_await peer.close(websock::close_code{3000}, "as asked");
  if (how.starts_with("start_close")) peer.start_close(websock::close_code{3000}, "as asked");
  if (how.starts_with("unfinished")) {
    const std::string piece = "a piece";
    auto writer = co_await peer.start_message(websock::opcode::text);
    co_await writer.write(piece);
  }
  if (how.starts_with("wait")) co_await websock::io::sleep_for(websock::no_timeout);
}

/// Throws what the peer says.
task<void> blame(session& peer) {
  const auto message = co_await peer.receive();
  throw std::runtime_error{std::string{message ? message->text() : "nothing"}};
}

/// Closes with a reason of as many octets as its path says.
task<void> close_with_reason(session& peer) {
  const auto size = std::stoul(std::string{peer.parameter("size")});
  const std::string reason(size, 'r');
  co_await peer.close(websock::close_code::going_away, reason);
}

/// One message, of a piece for each message that comes until an empty one does.
task<void> write_pieces(session& peer) {
  auto writer = co_await peer.start_message(websock::opcode::text);
  while (auto message = co_await peer.receive()) {
    if (message->size() == 0) break;
    co_await writer.write(message->text());
  }
  co_await writer.finish();
  co_await peer.receive();
}

task<std::optional<http::response>> refuse(const http_context&) {
  http::response refusal;
  refusal.status = http::status::forbidden;
  refusal.body = "no\n";
  co_return refusal;
}

task<std::optional<http::response>> authorize(const http_context& context) {
  const auto given = context.request.fields.find("Authorization").value_or("");
  if (websock::equal_in_constant_time(given, secret)) co_return std::nullopt;
  http::response refusal;
  refusal.status = http::status::unauthorized;
  refusal.fields.add("WWW-Authenticate", "Bearer");
  co_return refusal;
}

task<std::optional<http::response>> fail(const http_context&) {
  throw std::runtime_error{"the hook's secret"};
  co_return std::nullopt;
}

task<std::optional<http::response>> wait(const http_context&) {
  note("waiting");
  co_await websock::io::sleep_for(websock::no_timeout);
  co_return std::nullopt;
}

/// Puts what the query says into a field of its response.
task<http::response> reflect(const http_context& context) {
  http::response response;
  response.fields.add("X-Echo", context.query("x").value_or(""));
  co_return response;
}

task<http::response> wait_for_ever(const http_context&) {
  note("waiting");
  co_await websock::io::sleep_for(websock::no_timeout);
  co_return http::response{};
}

task<http::response> health(const http_context&) {
  http::response response;
  response.body = "ok\n";
  co_return response;
}

int serve(const char* configuration) {
  websock::server server{websock::load_config(configuration)};
  server.handle("echo", echo);
  server.handle("record", record);
  server.handle("end", end);
  server.handle("blame", blame);
  server.handle("close_with_reason", close_with_reason);
  server.handle("write_pieces", write_pieces);
  for (const char* guarded : {"refused", "authorized", "failing", "waiting"}) server.handle(guarded, record);
  server.on_upgrade("refused", refuse);
  server.on_upgrade("authorized", authorize);
  server.on_upgrade("failing", fail);
  server.on_upgrade("waiting", wait);
  server.handle_http("reflect", reflect);
  server.handle_http("wait_for_ever", wait_for_ever);
  server.handle_http("health", health);
  server.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::string_view{argv[1]} != "--config") {
    std::fprintf(stderr, "usage: victim --config FILE\n");
    return 2;
  }
  try {
    return serve(argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "victim: %s\n", error.what());
    return 1;
  }
}
