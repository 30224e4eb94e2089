// Sessions of a route: how many there may be, what the next one is told, and that every place is given back.
#include <set>

#include "server/address_counts.hpp"
#include "server/captured_log.hpp"
#include "server/session_gate.hpp"
#include "server/test_server.hpp"

using namespace support;
namespace http = websock::http;
using http::status;
using websock::session_gate;

namespace {

websock::server_config limited(std::uint64_t total,
                               std::uint64_t per_address = websock::protocol::unlimited) {
  auto config = one_route();
  config.routes[0].sessions = {total, per_address};
  auto& other = config.routes.emplace_back();
  other.path = "/other";
  other.handler = "ws";
  return config;
}

task<http::response> answer_of(websock::io::endpoint where, std::string target) {
  auto client = co_await connect_http(where);
  auto answer = co_await ask_for_session(client, target);
  co_return answer;
}

// A session ends for its client before the server has counted its end.
task<void> wait_for_place(websock::io::endpoint where) {
  while (true) {
    const auto answer = co_await answer_of(where, "/ws");
    if (answer.status == status::switching_protocols) co_return;
    REQUIRE(answer.status == status::service_unavailable);
  }
}

bool is_let_in(session_gate& gate, const websock::route_config& route, std::string_view address) {
  return std::holds_alternative<session_gate::place>(gate.admit(route, address));
}

}  // namespace

TEST_CASE("a_full_route_answers_503_and_others_go_on") {
  const test_server served{echo, limited(2)};
  asio::io_context context;
  run(context, [](websock::io::endpoint where) -> task<void> {
    auto first = co_await open_session(where);
    auto second = co_await open_session(where);
    const auto refused = co_await answer_of(where, "/ws");
    CHECK(refused.status == status::service_unavailable);
    CHECK(refused.fields.find("Retry-After") == "5");
    auto elsewhere = co_await open_session(where, "/other");
    co_await second.close();
    co_await wait_for_place(where);
    co_await first.close();
  }(served.where()));
}

TEST_CASE("too_many_sessions_of_one_address_are_answered_429") {
  const test_server served{echo, limited(10, 1)};
  asio::io_context context;
  run(context, [](websock::io::endpoint where) -> task<void> {
    auto first = co_await open_session(where);
    const auto refused = co_await answer_of(where, "/ws");
    CHECK(refused.status == status::too_many_requests);
    CHECK(refused.fields.find("Retry-After") == "5");
    auto elsewhere = co_await open_session(where, "/other");
  }(served.where()));
}

TEST_CASE("a_place_is_given_back_however_the_session_ends") {
  const auto handler = [](websock::session& session) -> task<void> {
    const auto wanted = co_await session.receive();
    if (!wanted) co_return;
    if (wanted->text() == "throw") throw std::runtime_error{"as asked"};
    if (wanted->text() == "abort") session.abort();
    if (wanted->text() == "echo") co_await echo(session);
  };
  const captured_log log;
  const test_server served{handler, limited(1)};
  asio::io_context context;
  for (const std::string how : {"return", "throw", "abort", "echo", "close", "lose", "violate"}) {
    run(context, [](websock::io::endpoint where, const std::string& end) -> task<void> {
      auto client = co_await connect_http(where);
      const auto answer = co_await ask_for_session(client, "/ws");
      REQUIRE(answer.status == status::switching_protocols);
      std::string frame =
          "\x81" + std::string(1, static_cast<char>(0x80 | end.size())) + std::string(4, '\0') + end;
      frame += std::string{"\x88\x80\0\0\0\0", 6};
      if (end == "violate") frame = "\xff\xff";
      if (end != "lose") co_await client.send(frame);
      if (end != "lose") (void)co_await client.read_to_the_end();
    }(served.where(), how));
    run(context, wait_for_place(served.where()));
  }
  run(context, wait_for_place(served.where()));
}

TEST_CASE("a_place_is_given_back_when_the_handshake_is_refused_after_all") {
  websock::server served{limited(1)};
  std::atomic<int> asked = 0;
  served.handle("ws", echo);
  served.on_upgrade("ws", [&asked](const websock::http_context&) -> task<std::optional<http::response>> {
    http::response refusal;
    refusal.status = status::unauthorized;
    if (asked++ < 3) co_return refusal;
    co_return std::nullopt;
  });
  served.start();
  asio::io_context context;
  run(context, [](websock::io::endpoint where) -> task<void> {
    for (int i = 0; i < 3; ++i) {
      const auto refused = co_await answer_of(where, "/ws");
      CHECK(refused.status == status::unauthorized);
    }
    auto client = co_await open_session(where);
    const auto full = co_await answer_of(where, "/ws");
    CHECK(full.status == status::service_unavailable);
  }(served.endpoints().at(0)));
  CHECK(asked == 4);  // who is refused for want of room costs no hook
}

TEST_CASE("a_reload_changes_the_limit_and_keeps_the_count") {
  test_server served{echo, limited(2)};
  asio::io_context context;
  run(context, [](test_server& server) -> task<void> {
    const auto where = server.where();
    auto first = co_await open_session(where);
    auto second = co_await open_session(where);
    auto wider = limited(3);
    wider.listeners[0].port = where.port;
    server.reload(wider);
    auto third = co_await open_session(where);
    auto full = co_await answer_of(where, "/ws");
    CHECK(full.status == status::service_unavailable);
    auto narrower = limited(1);
    narrower.listeners[0].port = where.port;
    server.reload(narrower);
    co_await third.close();
    full = co_await answer_of(where, "/ws");
    CHECK(full.status == status::service_unavailable);
    co_await first.close();
    co_await second.close();
    co_await wait_for_place(where);
  }(served));
}

TEST_CASE("refusals_are_logged_once_in_a_while") {
  const captured_log log;
  session_gate gate;
  websock::route_config route;
  route.path = "/ws";
  route.sessions.total = 1;
  const auto first = gate.admit(route, "192.0.2.1");
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(is_let_in(gate, route, "192.0.2.2"));
  CHECK_THAT(
      log.text(),
      Catch::Matchers::Contains(
          "route /ws: 1 handshakes refused, the last one from 192.0.2.2 for its limit sessions.total"));
  const std::string text = log.text();
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
}

TEST_CASE("a_whole_64_of_ipv6_is_one_address") {
  using websock::address_group;
  CHECK(address_group("192.0.2.1") == "192.0.2.1");
  CHECK(address_group("2001:db8:1:2::1") == "2001:db8:1:2::/64");
  CHECK(address_group("2001:db8:1:2:ffff:ffff:ffff:ffff") == "2001:db8:1:2::/64");
  CHECK(address_group("2001:db8:1:3::1") == "2001:db8:1:3::/64");
  CHECK(address_group("::1") == "::/64");
  CHECK(address_group("fe80::1%2") == "fe80::/64");
  CHECK(address_group("::ffff:192.0.2.1") == "192.0.2.1");
  CHECK(address_group("") == "");
  CHECK(address_group("not an address: at all") == "not an address: at all");
}

TEST_CASE("addresses_of_one_64_share_their_limit") {
  session_gate gate;
  websock::route_config route;
  route.sessions.per_address = 2;
  {
    const auto first = gate.admit(route, "2001:db8::1");
    const auto second = gate.admit(route, "2001:db8::ffff:2");
    CHECK_FALSE(is_let_in(gate, route, "2001:db8::3"));
    CHECK(is_let_in(gate, route, "2001:db8:0:1::3"));
    const auto mapped = gate.admit(route, "::ffff:192.0.2.1");
    const auto plain = gate.admit(route, "192.0.2.1");
    CHECK_FALSE(is_let_in(gate, route, "192.0.2.1"));
    CHECK(is_let_in(gate, route, ""));
  }
  CHECK(is_let_in(gate, route, "2001:db8::3"));
  CHECK(is_let_in(gate, route, "192.0.2.1"));
}

TEST_CASE("places_that_are_moved_are_given_back_once") {
  session_gate gate;
  websock::route_config route;
  route.sessions = {2, 2};
  for (int i = 0; i < 10; ++i) {
    auto first = std::get<session_gate::place>(gate.admit(route, "a"));
    session_gate::place second{std::move(first)};
    session_gate::place third;
    third = std::move(second);
    const auto other = gate.admit(route, "a");
    REQUIRE(std::holds_alternative<session_gate::place>(other));
    REQUIRE_FALSE(is_let_in(gate, route, "a"));
    REQUIRE_FALSE(is_let_in(gate, route, "b"));
  }
}
