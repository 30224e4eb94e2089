// From the opening handshake over the handler to the end of a session.
#include "server/captured_log.hpp"
#include "server/log.hpp"
#include "server/test_server.hpp"
#include "websock/core/constant_time.hpp"
#include "websock/io/timer.hpp"

using namespace support;
using namespace std::chrono_literals;
namespace http = websock::http;
using http::status;
using websock::close_code;

namespace {

websock::protocol::request_options with_field(std::string_view name, std::string_view value) {
  websock::protocol::request_options options;
  options.fields.add(name, value);
  return options;
}

/// How a session ends for a client that only listens.
task<websock::close_status> close_of(websock::io::endpoint where, std::string target = "/ws") {
  auto client = co_await open_session(where, target);
  co_await read_to_the_close(client);
  CHECK(client.was_clean());
  co_return client.peer_close().value_or(websock::close_status{});
}

http::response answer_of(const websock::server& served, std::string target,
                         websock::protocol::request_options options = {}) {
  http::response got;
  asio::io_context context;
  run(context,
      [](websock::io::endpoint where, std::string path, websock::protocol::request_options wanted,
         http::response& into) -> task<void> {
        auto client = co_await connect_http(where);
        into = co_await ask_for_session(client, path, wanted);
      }(served.endpoints().at(0), std::move(target), std::move(options), got));
  return got;
}

websock::close_status close_seen(websock::session_handler handler) {
  const test_server served{std::move(handler)};
  websock::close_status seen;
  asio::io_context context;
  run(context, [](websock::io::endpoint where, websock::close_status& into) -> task<void> {
    into = co_await close_of(where);
  }(served.where(), seen));
  return seen;
}

task<std::optional<http::response>> refuse(const websock::http_context&) {
  http::response refusal;
  refusal.status = status::unauthorized;
  refusal.fields.add("WWW-Authenticate", "Bearer");
  refusal.body = "who are you?";
  co_return refusal;
}

task<std::optional<http::response>> check_token(const websock::http_context& context) {
  const auto token = context.query("token").value_or("");
  if (websock::equal_in_constant_time(token, "sesame")) co_return std::nullopt;
  auto refusal = co_await refuse(context);
  co_return refusal;
}

}  // namespace

TEST_CASE("messages_come_back") {
  const test_server served;
  asio::io_context context;
  run(context, [](websock::io::endpoint where) -> task<void> {
    auto client = co_await open_session(where);
    for (const std::size_t size : {5U, 0U, 1'000'000U}) {
      const std::string text(size, 'x');
      co_await client.send(text);
      const auto back = co_await client.receive();
      REQUIRE(back);
      CHECK(back->text() == text);
    }
    co_await client.close(close_code{3000}, "done");
    CHECK(client.was_clean());
    CHECK(client.peer_close()->code == close_code{3000});
  }(served.where()));
}

TEST_CASE("a_handler_sees_the_opening_handshake") {
  auto config = one_route();
  config.routes[0].path = "/rooms/{room}/*";
  config.routes[0].subprotocols = {"v2", "v1"};
  const test_server served{
      [](websock::session& session) -> task<void> {
        std::string text{session.parameter("room")};
        text.append("|").append(session.parameter("*")).append("|");
        text.append(session.query("x").value_or("-")).append("|").append(session.subprotocol());
        text.append("|").append(session.remote_address()).append("|");
        text.append(session.request().fields.find("Cookie").value_or("-"));
        co_await session.send(text);
      },
      config};
  asio::io_context context;
  run(context, [](websock::io::endpoint where) -> task<void> {
    websock::connect_options options;
    options.cookies.emplace_back("a", "b");
    options.subprotocols.emplace_back("v1");
    options.subprotocols.emplace_back("v2");
    auto client = co_await open_session(where, "/rooms/a%20b/c/d?x=1", options);
    const auto text = co_await client.receive();
    REQUIRE(text);
    CHECK(text->text() == "a b|c/d|1|v2|127.0.0.1|a=b");
    CHECK(client.subprotocol() == "v2");
  }(served.where()));
}

TEST_CASE("frames_that_come_with_the_handshake_are_not_lost") {
  const test_server served;
  asio::io_context context;
  run(context, [](websock::io::endpoint where) -> task<void> {
    auto client = co_await connect_http(where);
    auto request = http::serialize_head(make_handshake("/ws").request());
    request += std::string{"\x81\x85\0\0\0\0hello", 11} + std::string{"\x88\x82\0\0\0\0\x03\xE8", 8};
    co_await client.send(request);
    const auto response = co_await client.receive();
    CHECK(response.status == status::switching_protocols);
    const std::string frames = co_await client.read_to_the_end();
    CHECK(frames == std::string{"\x81\x05hello\x88\x02\x03\xE8", 11});
  }(served.where()));
}

TEST_CASE("a_handler_that_returns_closes_with_1000") {
  const auto seen = close_seen([](websock::session&) -> task<void> { co_return; });
  CHECK(seen.code == close_code::normal_closure);
}

TEST_CASE("a_handler_that_throws_closes_with_1011_and_tells_only_the_log") {
  const captured_log log;
  const auto seen = close_seen([](websock::session&) -> task<void> {
    throw std::runtime_error{"the handler's secret"};
    co_return;
  });
  CHECK(seen.code == close_code::internal_error);
  CHECK(seen.reason.empty());
  CHECK_THAT(log.text(),
             Catch::Matchers::Contains("[error]") && Catch::Matchers::Contains("the handler's secret"));
}

TEST_CASE("logs_escape_control_characters") {
  const captured_log log;
  close_seen([](websock::session&) -> task<void> {
    throw std::runtime_error{"one\nforged line\r\x1b[2J\x7f\xC2\x9B back\\slash gr\xC3\xBC\xC3\x9F"};
    co_return;
  });
  CHECK_THAT(log.text(),
             Catch::Matchers::Contains(
                 "one\\x0aforged line\\x0d\\x1b[2J\\x7f\\xc2\\x9b back\\\\slash gr\xC3\xBC\xC3\x9F"));
  CHECK(websock::log::escape(std::string_view{"\0\t", 2}) == "\\x00\\x09");
  // A log that is not UTF-8 ends many a reader of it.
  CHECK(websock::log::escape("\xFF\xC3(\xED\xA0\x80 \xE2\x82") == "\\xff\\xc3(\\xed\\xa0\\x80 \\xe2\\x82");
  CHECK(websock::log::escape("\xF0\x9F\x98\x80 \xC2\xA0") == "\xF0\x9F\x98\x80 \xC2\xA0");
}

TEST_CASE("a_peer_that_goes_or_misbehaves_is_no_error_of_the_handler") {
  const captured_log log;
  {
    event_count ended;
    const test_server served{[&ended](websock::session& session) -> task<void> {
      struct at_end {
        event_count& count;
        ~at_end() { count.add(); }
      } const guard{ended};
      co_await echo(session);
    }};
    asio::io_context context;
    run(context, [](websock::io::endpoint where) -> task<void> {
      auto lost = co_await open_session(where);
      lost.abort();
      auto client = co_await connect_http(where);
      const auto response = co_await ask_for_session(client, "/ws");
      CHECK(response.status == status::switching_protocols);
      const std::string unmasked{"\x81\x02hi", 4};
      co_await client.send(unmasked);
      const std::string answer = co_await client.read_to_the_end();
      CHECK(answer == std::string{"\x88\x02\x03\xEA", 4});  // 1002
    }(served.where()));
    CHECK(ended.wait_for(2));
  }
  CHECK_THAT(log.text(), !Catch::Matchers::Contains("[error]"));
}

TEST_CASE("reject_in_the_upgrade_hook") {
  websock::server served{one_route()};
  served.handle("ws", echo);
  served.on_upgrade("ws", refuse);
  served.start();
  const auto got = answer_of(served, "/ws");
  CHECK(got.status == status::unauthorized);
  CHECK(got.fields.find("WWW-Authenticate") == "Bearer");
  CHECK(got.fields.find("Connection") == "close");
  CHECK(got.body == "who are you?");
  CHECK(served.session_count() == 0);

  // A client that does not wait for the answer sends frames at once; they are no next request.
  asio::io_context context;
  run(context, [](websock::io::endpoint where) -> task<void> {
    auto client = co_await connect_http(where);
    const auto request = http::serialize_head(make_handshake("/ws").request()) +
                         std::string{"\x81\x85\0\0\0\0hello", 11} + "GET /ws HTTP/1.1\r\nHost: x\r\n\r\n";
    co_await client.send(request);
    const auto response = co_await client.receive();
    CHECK(response.status == status::unauthorized);
    const std::string rest = co_await client.read_to_the_end();
    CHECK(rest.empty());
  }(served.endpoints().at(0)));
}

TEST_CASE("a_websocket_route_runs_auth") {
  std::atomic<int> entered = 0;
  websock::server served{one_route()};
  served.handle("ws", [&entered](websock::session& session) -> task<void> {
    ++entered;
    co_await echo(session);
  });
  served.on_upgrade("", check_token);
  served.start();
  for (const auto* target :
       {"/ws", "/ws?token=", "/ws?token=sesam", "/ws?token=sesame%00", "/ws?TOKEN=sesame"}) {
    CHECK(answer_of(served, target).status == status::unauthorized);
  }
  CHECK(entered == 0);
  CHECK(answer_of(served, "/ws?token=sesame").status == status::switching_protocols);
}

TEST_CASE("a_hook_that_throws_or_takes_too_long_refuses") {
  auto config = one_route();
  config.routes[0].session.timeouts.handshake = 20ms;
  websock::server served{config};
  served.handle("ws", echo);
  served.on_upgrade("ws", [](const websock::http_context& context) -> task<std::optional<http::response>> {
    if (context.query("wait")) co_await websock::io::sleep_for(std::chrono::hours{1});
    throw std::runtime_error{"the hook's secret"};
    co_return std::nullopt;
  });
  served.start();
  const auto thrown = answer_of(served, "/ws");
  CHECK(thrown.status == status::internal_server_error);
  CHECK_THAT(thrown.body, !Catch::Matchers::Contains("secret"));
  CHECK(answer_of(served, "/ws?wait=1").status == status::service_unavailable);
}

TEST_CASE("origins_are_the_same_host_unless_said_otherwise") {
  auto config = one_route();
  config.routes.push_back(config.routes[0]);
  config.routes[1].path = "/open";
  config.routes[1].origins = {"*"};
  const test_server served{echo, config};
  CHECK(answer_of(served, "/ws", with_field("Origin", "http://localhost")).status ==
        status::switching_protocols);
  CHECK(answer_of(served, "/ws", with_field("Origin", "http://evil.example")).status == status::forbidden);
  CHECK(answer_of(served, "/open", with_field("Origin", "http://evil.example")).status ==
        status::switching_protocols);
}

TEST_CASE("secrets_are_compared_in_constant_time") {
  // That the time is constant is CRYPTO_memcmp's promise; that it is asked is seen in
  // core/constant_time.cpp. Here: it finds every difference, wherever it is.
  const std::string secret = "0123456789abcdef0123456789abcdef";
  CHECK(websock::equal_in_constant_time(secret, std::string{secret}));
  CHECK(websock::equal_in_constant_time("", ""));
  CHECK_FALSE(websock::equal_in_constant_time(secret, ""));
  CHECK_FALSE(websock::equal_in_constant_time(secret, secret.substr(0, 31)));
  for (std::size_t i = 0; i < secret.size(); ++i) {
    std::string other = secret;
    other[i] = '!';
    CHECK_FALSE(websock::equal_in_constant_time(secret, other));
  }
}

// The server goes away while each kind of its callbacks waits for something that never comes.
TEST_CASE("destroy_in_every_hook") {
  const auto destroy_while = [](auto prepare, const std::string& request) {
    event_count reached;
    asio::io_context context;
    auto config = one_route();
    websock::server served{config};
    prepare(served, reached);
    served.start();
    run(context, [](websock::io::endpoint where, std::string text, event_count& until) -> task<void> {
      auto client = co_await connect_http(where);
      co_await client.send(text);
      CHECK(until.wait_for(1));
    }(served.endpoints().at(0), request, reached));
  };
  const auto handshake = http::serialize_head(make_handshake("/ws").request());
  const auto wait_forever = [](event_count& reached) -> task<void> {
    const std::string owned(100, 'x');
    reached.add();
    co_await websock::io::sleep_for(websock::no_timeout);
  };

  SECTION("in the upgrade hook") {
    destroy_while(
        [&](websock::server& served, event_count& reached) {
          served.handle("ws", echo);
          served.on_upgrade("ws", [&](const websock::http_context&) -> task<std::optional<http::response>> {
            co_await wait_forever(reached);
            co_return std::nullopt;
          });
        },
        handshake);
  }
  SECTION("in a session's handler") {
    destroy_while(
        [&](websock::server& served, event_count& reached) {
          served.handle("ws", [&](websock::session&) -> task<void> { co_await wait_forever(reached); });
        },
        handshake);
  }
  SECTION("in a session's receive") {
    destroy_while(
        [&](websock::server& served, event_count& reached) {
          served.handle("ws", [&](websock::session& session) -> task<void> {
            reached.add();
            co_await echo(session);
          });
        },
        handshake);
  }
  SECTION("in an HTTP handler") {
    destroy_while(
        [&](websock::server& served, event_count& reached) {
          served.handle_http("ws", [&](const websock::http_context&) -> task<http::response> {
            co_await wait_forever(reached);
            co_return http::response{};
          });
        },
        "GET /ws HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  SECTION("in the middle of a head") {
    destroy_while(
        [&](websock::server& served, event_count& reached) {
          served.handle("ws", echo);
          reached.add();
        },
        "GET /ws HTTP/1.1\r\nHo");
  }
}
