// The configuration from JSON: what is read, and what each mistake is answered with.
#include <filesystem>
#include <fstream>

#include "server/scratch_folder.hpp"
#include "support/catch.hpp"
#include "websock/server/config.hpp"

using namespace websock;
using namespace std::chrono_literals;

namespace {

std::string problem_of(std::string_view text) {
  try {
    (void)parse_config(text, "server.json");
  } catch (const config_error& error) {
    return error.what();
  }
  return "no error";
}

// A configuration with one route that has these further members.
std::string with_route(const std::string& members) {
  return "{ \"routes\": [ { \"path\": \"/ws\", \"handler\": \"echo\", " + members + " } ] }";
}

}  // namespace

TEST_CASE("a_configuration_that_says_little_gets_the_defaults") {
  const auto config = parse_config(R"({ "routes": [ { "path": "/ws", "handler": "echo" } ] })", "x");
  const server_config defaults;
  CHECK(config.listeners == defaults.listeners);
  CHECK(config.threads == 0);
  REQUIRE(config.routes.size() == 1);
  CHECK(config.routes[0].path == "/ws");
  CHECK(config.routes[0].handler == "echo");
  CHECK(config.routes[0].origins.empty());
  CHECK(config.routes[0].session.limits.message == 16ULL << 20);
  CHECK(config.handshake_timeout == 10s);
  CHECK(config.source.empty());
}

TEST_CASE("every_key_is_read") {
  const auto config = parse_config(R"({
    "listeners": [ { "address": "0.0.0.0", "port": 80 }, { "address": "::1", "port": 0 },
                   { "unix": "/run/websock.sock" } ],
    "threads": 3,
    "connections": { "total": 10, "per_address": 5, "pending_handshakes": 2 },
    "http": { "head": "8KiB", "fields": 50, "body": 0 },
    "timeouts": { "handshake": "1s", "http_idle": "2s", "drain": "0s" },
    "routes": [ { "path": "/rooms/{room}", "handler": "chat",
                  "subprotocols": ["chat.v2", "chat.v1"], "origins": ["https://example.com", "null"],
                  "limits": { "message": "none", "fragments": 7, "buffered_control_frames": 9,
                              "inflate_ratio": 50 },
                  "permessage_deflate": { "server_no_context_takeover": true,
                                          "client_no_context_takeover": true,
                                          "server_max_window_bits": 8, "client_max_window_bits": 12,
                                          "level": 1, "memory_level": 2, "threshold": "1KiB" },
                  "high_water_mark": "64KiB",
                  "keepalive": { "ping_interval": "none", "ping_timeout": "500ms" },
                  "timeouts": { "handshake": "3s", "idle": "4min", "close": "5s", "send": "none" } } ]
  })",
                                   "x");
  REQUIRE(config.listeners.size() == 3);
  CHECK(config.listeners[0] == listener_config{"0.0.0.0", 80, ""});
  CHECK(config.listeners[1] == listener_config{"::1", 0, ""});
  CHECK(config.listeners[2].unix_path == "/run/websock.sock");
  CHECK(config.threads == 3);
  CHECK(config.connections.total == 10);
  CHECK(config.connections.per_address == 5);
  CHECK(config.connections.pending_handshakes == 2);
  CHECK(config.http.head_bytes == 8192);
  CHECK(config.http.head_fields == 50);
  CHECK(config.http.body_bytes == 0);
  CHECK(config.handshake_timeout == 1s);
  CHECK(config.http_idle_timeout == 2s);
  CHECK(config.drain_timeout == 0s);
  const auto& route = config.routes.at(0);
  CHECK(route.subprotocols == std::vector<std::string>{"chat.v2", "chat.v1"});
  CHECK(route.origins == std::vector<std::string>{"https://example.com", "null"});
  CHECK(route.session.limits.message == protocol::unlimited);
  CHECK(route.session.limits.fragments == 7);
  CHECK(route.session.limits.buffered_control_frames == 9);
  CHECK(route.session.limits.inflate_ratio == 50);
  CHECK(route.session.permessage_deflate == protocol::deflate_options{{true, true, 8, 12}, 1, 2, 1024});
  CHECK(route.session.high_water_mark == 65536);
  CHECK(route.session.keepalive.ping_interval == no_timeout);
  CHECK(route.session.keepalive.ping_timeout == 500ms);
  CHECK(route.session.timeouts.handshake == 3s);
  CHECK(route.session.timeouts.idle == 4min);
  CHECK(route.session.timeouts.close == 5s);
  CHECK(route.session.timeouts.send == no_timeout);
}

TEST_CASE("a_mistake_is_named_with_its_place_and_what_is_right") {
  struct mistake {
    std::string text;
    std::string problem;
  };
  const mistake mistakes[] = {
      {with_route(R"("limits": { "message": true })"),
       "server.json:1:74: /routes/0/limits/message: expected a size such as \"16MiB\" or a number of bytes, "
       "got true"},
      {with_route("\n  \"orgins\": []"),
       "server.json:2:3: /routes/0/orgins: unknown key; did you mean \"origins\"?; expected one of path, "
       "handler, "
       "static, subprotocols, origins, sessions, limits, rates, permessage_deflate, high_water_mark, "
       "outgoing, "
       "keepalive, "
       "timeouts"},
      {with_route(R"("permessage_deflate": true)"),
       "server.json:1:73: /routes/0/permessage_deflate: expected an object with the keys "
       "server_no_context_takeover, client_no_context_takeover, server_max_window_bits, "
       "client_max_window_bits, level, memory_level, threshold, got true"},
      {with_route(R"("permessage_deflate": { "level": 10 })"),
       "server.json:1:84: /routes/0/permessage_deflate/level: expected a whole number from 1 to 9, got 10"},
      {with_route(R"("permessage_deflate": { "server_max_window_bits": 7 })"),
       "server.json:1:101: /routes/0/permessage_deflate/server_max_window_bits: expected a whole number "
       "from 8 to 15, got 7"},
      {with_route(R"("permessage_deflate": { "client_no_context_takeover": 1 })"),
       "server.json:1:105: /routes/0/permessage_deflate/client_no_context_takeover: expected true or false, "
       "got 1"},
      {with_route(R"("timeouts": { "idle": "20" })"),
       "server.json:1:73: /routes/0/timeouts/idle: expected a time such as \"20s\" or \"500ms\", or "
       "\"none\", got "
       "\"20\""},
      {with_route(R"("timeouts": { "close": "none" })"),
       "server.json:1:74: /routes/0/timeouts/close: expected a time such as \"20s\" or \"500ms\", over zero, "
       "got "
       "\"none\""},
      {with_route(R"("path": "/two")"), "server.json:1:51: /routes/0/path: the key is given twice"},
      {with_route(R"("static": "www")"),
       "server.json:1:15: /routes/0: expected either \"handler\" or \"static\", got both"},
      {with_route(R"("origins": ["https://example.com/"])"),
       "server.json:1:63: /routes/0/origins/0: expected \"*\" or an origin such as \"https://example.com\" "
       "(no path, "
       "no slash at its end), got \"https://example.com/\""},
      {with_route(R"("subprotocols": ["a b"])"),
       "server.json:1:68: /routes/0/subprotocols/0: expected a token such as \"chat.v1\" (no blanks, commas "
       "or "
       "quotes), got \"a b\""},
      {with_route(R"("subprotocols": ["a", "a"])"),
       "server.json:1:73: /routes/0/subprotocols/1: the subprotocol is given twice"},
      {R"({ "routes": [ { "path": "/ws" } ] })",
       "server.json:1:15: /routes/0: expected \"handler\" or \"static\", got neither"},
      {R"({ "routes": [ { "handler": "echo" } ] })",
       "server.json:1:15: /routes/0: the key \"path\" is missing"},
      {R"({ "routes": [ { "path": "ws", "handler": "echo" } ] })",
       "server.json:1:25: /routes/0/path: expected a path that begins with '/', got \"ws\""},
      {R"({ "routes": [ { "path": "/a/{x}", "handler": "h" }, { "path": "/a/{y}", "handler": "h" } ] })",
       "server.json:1:63: /routes/1/path: \"/a/{y}\" matches the same paths as \"/a/{x}\""},
      {R"({ "routes": [ { "path": "/", "static": "no such folder" } ] })",
       "server.json:1:40: /routes/0/static: expected a folder (there is none at no such folder), got \"no "
       "such "
       "folder\""},
      {R"({ "routes": [] })", "server.json:1:13: /routes: expected at least one route, got an empty array"},
      {R"({ })", "server.json:1:1: the whole text: the key \"routes\" is missing"},
      {R"({ "routes": 1 })", "server.json:1:13: /routes: expected an array, got 1"},
      {R"([])",
       "server.json:1:1: the whole text: expected an object with the keys listeners, threads, routes, "
       "connections, "
       "http, timeouts, got an empty array"},
      {R"({ "threads": -1 })", "server.json:1:14: /threads: expected a whole number from 0 to 1024, got -1"},
      {R"({ "threads": 2.5 })",
       "server.json:1:14: /threads: expected a whole number from 0 to 1024, got 2.5"},
      {R"({ "listeners": [ { "address": "localhost" } ] })",
       "server.json:1:31: /listeners/0/address: expected an IPv4 or IPv6 address such as \"127.0.0.1\" or "
       "\"::\", "
       "got \"localhost\""},
      {R"({ "listeners": [ { "port": 65536 } ] })",
       "server.json:1:28: /listeners/0/port: expected a whole number from 0 to 65535, got 65536"},
      {R"({ "listeners": [ { "unix": "/a", "port": 1 } ] })",
       "server.json:1:18: /listeners/0: expected either \"unix\" or \"address\" and \"port\", got both"},
      {R"({ "listeners": [ { "port": 1 }, { "port": 1 } ] })",
       "server.json:1:33: /listeners/1: the same listener is given twice"},
      {"{ \"gr\xC3\xBC\xC3\x9F\": 1, \"a~b/c\": 2 }",
       "server.json:1:14: /a~0b~1c: unknown key; expected one of listeners, threads, routes, connections, "
       "http, "
       "timeouts"},
  };
  for (const auto& [text, problem] : mistakes) CHECK(problem_of(text) == problem);
}

TEST_CASE("broken_json_is_named_with_its_line_and_column") {
  CHECK_THAT(problem_of("{\n  \"routes\": [,]\n}"),
             Catch::Matchers::StartsWith("server.json:2:14: not JSON: "));
  CHECK_THAT(problem_of(""), Catch::Matchers::StartsWith("server.json:1:1: not JSON: "));
  CHECK_THAT(problem_of("{ \"routes\": [] } }"), Catch::Matchers::StartsWith("server.json:1:18: not JSON: "));
  CHECK_THAT(problem_of(std::string(100'000, '[')), Catch::Matchers::Contains("not JSON"));
  // The library throws something else for a number that no double holds, and does not say where it is.
  CHECK_THAT(problem_of("{ \"routes\": \"1e999\",\n  \"threads\": -1e999 }"),
             Catch::Matchers::StartsWith("server.json:2:14: not JSON: number overflow"));
  using namespace std::string_view_literals;
  CHECK(problem_of("{ \"routes\": [] }\n\0\"\x01\": "sv) == "server.json:2:1: not JSON: a NUL character");
  CHECK_THAT(problem_of("1e999"), Catch::Matchers::StartsWith("server.json:1:1: not JSON: number overflow"));
}

TEST_CASE("a_file_names_folders_relative_to_itself") {
  const scratch_folder folder;
  std::filesystem::create_directory(folder.path() / "www");
  const auto file = folder.path() / "server.json";
  std::ofstream{file} << R"({ "routes": [ { "path": "/", "static": "www" } ] })";
  const auto config = load_config(file.string());
  CHECK(config.source == file.string());
  CHECK(config.routes.at(0).static_root == (folder.path() / "www").string());
}

TEST_CASE("a_file_that_cannot_be_read_is_named") {
  const scratch_folder folder;
  CHECK_THROWS_WITH(load_config((folder.path() / "none.json").string()),
                    Catch::Matchers::EndsWith("none.json: cannot be read: No such file or directory"));
  CHECK_THROWS_WITH(load_config(folder.path().string()), Catch::Matchers::EndsWith(": is a folder"));
}
