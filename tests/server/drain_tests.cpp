// Starting, reloading, ending.
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <csignal>
#include <thread>

#include "server/scratch_folder.hpp"
#include "server/test_server.hpp"
#include "websock/io/timer.hpp"

using namespace support;
using namespace std::chrono_literals;
namespace http = websock::http;
using websock::close_code;

namespace {

struct tally {
  std::atomic<std::size_t> accepted = 0;  // messages that the server's `send` took
  std::size_t received = 0;
  std::size_t going_away = 0;
  std::size_t ended = 0;
};

// The server counts in batches, and the client asks for the next one while some of the last are
// under way: always messages in flight, never so many that a slow machine cannot take them in time.
constexpr std::size_t batch = 100;

task<void> count_up(websock::session& session, tally& count) {
  try {
    for (std::size_t i = 0;; ++i) {
      const std::string number = std::to_string(i);
      co_await session.send(number);
      ++count.accepted;
      if (i % batch != batch - 1) continue;
      const auto request = co_await session.receive();
      if (!request) co_return;
    }
  } catch (const std::system_error&) {  // the drain: no more is accepted
  }
  co_await read_to_the_close(session);
}

task<void> take_all(websock::io::endpoint where, tally& count, event_count& busy) {
  auto client = co_await open_session(where);
  const std::string more = "more";
  bool in_order = true;
  for (std::size_t next = 0;; ++next) {
    const auto number = co_await client.receive();
    if (!number) break;
    in_order = in_order && number->text() == std::to_string(next);
    ++count.received;
    if (next == batch) busy.add();
    if (next % batch == batch / 2 && client.is_open()) co_await client.send(more);
  }
  CHECK(in_order);
  ++count.ended;
  CHECK(client.was_clean());
  const auto close = client.peer_close();
  if (close && close->code == close_code::going_away) ++count.going_away;
}

websock::server_config with_threads(std::size_t threads) {
  auto config = one_route();
  config.threads = threads;
  config.routes[0].session.high_water_mark = 4096;
  return config;
}

/// `server::run` on a thread of its own, until a signal ends it.
struct running_server {
  explicit running_server(websock::server& served) : thread{[&served] { served.run(); }} {
    while (served.endpoints().empty()) std::this_thread::yield();
  }
  ~running_server() { thread.join(); }
  std::thread thread;
};

}  // namespace

TEST_CASE("a_drain_of_200_busy_sessions_loses_no_accepted_message") {
  constexpr std::size_t sessions = 200;
  tally count;
  event_count busy;
  test_server served{[&count](websock::session& session) { return count_up(session, count); },
                     with_threads(2)};
  asio::io_context context;
  for (std::size_t i = 0; i < sessions; ++i) {
    asio::co_spawn(context, take_all(served.where(), count, busy), asio::detached);
  }
  bool was_clean = false;
  std::thread ending{[&] {
    if (busy.wait_for(sessions)) was_clean = served.drain(30s);
  }};
  context.run_for(bound);
  ending.join();
  CHECK(was_clean);
  CHECK(count.ended == sessions);
  CHECK(count.going_away == sessions);
  CHECK(count.received == count.accepted);
  CHECK(served.session_count() == 0);
}

TEST_CASE("a_drain_drops_who_does_not_answer_in_time") {
  test_server served;
  asio::io_context context;
  std::optional<http_client> silent;
  run(context, [](websock::io::endpoint where, std::optional<http_client>& into) -> task<void> {
    auto client = co_await connect_http(where);
    const auto response = co_await ask_for_session(client, "/ws");
    CHECK(response.status == http::status::switching_protocols);
    into.emplace(std::move(client));
  }(served.where(), silent));
  CHECK_FALSE(served.drain(20ms));
  run(context, [](http_client& client) -> task<void> {
    const std::string rest = co_await client.read_to_the_end();
    CHECK(rest == std::string{"\x88\x02\x03\xE9", 4});  // 1001, and then the end
  }(*silent));
}

TEST_CASE("a_drain_ends_idle_http_connections_and_listeners_at_once") {
  test_server served;
  asio::io_context context;
  std::optional<http_client> idle;
  const auto where = served.where();
  run(context, [](websock::io::endpoint to, std::optional<http_client>& into) -> task<void> {
    auto client = co_await connect_http(to);
    const std::string request = "GET /none HTTP/1.1\r\nHost: x\r\n\r\n";
    const auto response = co_await client.ask(request);
    CHECK(response.status == http::status::not_found);
    into.emplace(std::move(client));
  }(where, idle));
  CHECK(served.drain(websock::no_timeout));
  CHECK(served.endpoints().empty());
  run(context, [](http_client& client, websock::io::endpoint to) -> task<void> {
    const std::string rest = co_await client.read_to_the_end();
    CHECK(rest.empty());
    task<http_client> again = connect_http(to);
    std::error_code error;
    try {
      const auto unexpected = co_await std::move(again);
    } catch (const std::system_error& refused) {
      error = refused.code();
    }
    CHECK(error == std::errc::connection_refused);
  }(*idle, where));
}

TEST_CASE("a_handler_cannot_end_the_server_it_runs_on") {
  websock::server* served = nullptr;
  event_count threw;
  test_server server{[&](websock::session&) -> task<void> {
    try {
      served->drain(1s);
    } catch (const std::logic_error&) {
      threw.add();
    }
    co_return;
  }};
  served = &server;
  asio::io_context context;
  run(context, [](websock::io::endpoint where) -> task<void> {
    auto client = co_await open_session(where);
    co_await read_to_the_close(client);
  }(server.where()));
  CHECK(threw.wait_for(1));
}

TEST_CASE("signals_drain_and_a_second_one_forces") {
  auto config = with_threads(GENERATE(1U, 2U));  // one: the thread that runs it hears the signals, too
  config.drain_timeout = 10min;
  websock::server served{config};
  served.handle("ws", echo);
  asio::io_context context;
  {
    const running_server running{served};
    run(context, [](websock::io::endpoint where) -> task<void> {
      auto client = co_await connect_http(where);
      const auto response = co_await ask_for_session(client, "/ws");
      CHECK(response.status == http::status::switching_protocols);
      ::kill(::getpid(), SIGTERM);
      std::byte close[4];
      co_await client.stream().read_exactly(close);
      CHECK(websock::as_text(close) == "\x88\x02\x03\xE9");
      ::kill(::getpid(), SIGTERM);  // nobody answers that Close frame
      const std::string rest = co_await client.read_to_the_end();
      CHECK(rest.empty());
    }(served.endpoints().at(0)));
  }
  CHECK(served.endpoints().empty());
}

TEST_CASE("run_returns_when_somebody_else_ends_the_server") {
  websock::server served{with_threads(GENERATE(1U, 2U))};
  served.handle("ws", echo);
  asio::io_context context;
  const running_server running{served};
  run(context, [](websock::io::endpoint where) -> task<void> {
    auto client = co_await open_session(where);
    co_await client.close();
    CHECK(client.was_clean());
  }(served.endpoints().at(0)));
  CHECK(served.drain(10s));
  CHECK(served.endpoints().empty());
}

TEST_CASE("sighup_reads_the_configuration_again_and_keeps_the_old_one_when_it_is_bad") {
  const scratch_folder folder;
  const auto file = folder.write("server.json", R"({ "listeners": [ { "port": 0 } ], "threads": 1,
                                                     "routes": [ { "path": "/ws", "handler": "ws" } ] })");
  websock::server served{websock::load_config(file.string())};
  served.handle("ws", echo);
  event_count reads;
  served.on_reload([&] {
    reads.add();
    return websock::load_config(file.string());
  });
  asio::io_context context;
  {
    const running_server running{served};
    const auto where = served.endpoints().at(0);
    folder.write("server.json", "{ broken");
    ::kill(::getpid(), SIGHUP);
    CHECK(reads.wait_for(1));
    folder.write("server.json", R"({ "listeners": [ { "port": )" + std::to_string(where.port) + R"( } ],
                                     "routes": [ { "path": "/new", "handler": "ws" } ] })");
    ::kill(::getpid(), SIGHUP);
    CHECK(reads.wait_for(2));
    run(context, [](websock::io::endpoint to) -> task<void> {
      bool is_new = false;  // the file has been read; that it is in force is a moment later
      while (!is_new) {
        auto client = co_await connect_http(to);
        const auto response = co_await ask_for_session(client, "/new");
        is_new = response.status == http::status::switching_protocols;
      }
      auto old = co_await connect_http(to);
      const auto response = co_await ask_for_session(old, "/ws");
      CHECK(response.status == http::status::not_found);
    }(where));
    ::kill(::getpid(), SIGINT);
  }
}

TEST_CASE("a_reload_moves_listeners_and_leaves_sessions_alone") {
  test_server served;
  asio::io_context context;
  const auto first = served.where();
  std::optional<websock::session> old;
  run(context, [](websock::io::endpoint where, std::optional<websock::session>& into) -> task<void> {
    auto client = co_await open_session(where);
    into.emplace(std::move(client));
  }(first, old));

  const scratch_folder folder;
  auto config = one_route();
  config.listeners.clear();
  config.listeners.push_back({"::1", 0, ""});
  config.listeners.push_back({"", 0, (folder.path() / "socket").string()});
  config.routes[0].path = "/new";
  served.reload(config);
  const auto where = served.endpoints();
  REQUIRE(where.size() == 2);
  CHECK(where[0].address == "::1");
  CHECK(where[1].unix_path == (folder.path() / "socket").string());

  run(context, [](websock::session& before, std::vector<websock::io::endpoint> to) -> task<void> {
    for (const auto& each : to) {
      auto client = co_await open_session(each, "/new");
      const std::string text = "hello";
      co_await client.send(text);
      const auto back = co_await client.receive();
      REQUIRE(back);
      CHECK(back->text() == text);
      co_await before.send(text);
      const auto also = co_await before.receive();
      REQUIRE(also);
      CHECK(also->text() == text);
    }
    task<websock::session> gone = open_session(to[0], "/ws");
    std::error_code error;
    try {
      const auto unexpected = co_await std::move(gone);
    } catch (const std::system_error& refused) {
      error = refused.code();
    }
    CHECK(error == websock::errc::handshake_refused);
  }(*old, where));
}

TEST_CASE("a_reload_that_fails_changes_nothing") {
  test_server served{echo, with_threads(2)};
  const test_server other;
  const auto before = served.endpoints();

  auto taken = one_route();
  taken.listeners[0].port = other.where().port;
  CHECK_THROWS_AS(served.reload(taken), std::system_error);
  auto unknown = one_route();
  unknown.routes[0].handler = "nobody";
  CHECK_THROWS_WITH(served.reload(unknown), "route \"/ws\": there is no handler \"nobody\" (there are: ws)");
  auto ambiguous = one_route();
  ambiguous.routes.push_back(ambiguous.routes[0]);
  CHECK_THROWS_AS(served.reload(ambiguous), websock::config_error);

  CHECK(served.endpoints() == before);
  asio::io_context context;
  run(context, [](websock::io::endpoint where) -> task<void> {
    auto client = co_await open_session(where);
    co_await client.close();
    CHECK(client.was_clean());
  }(before[0]));
}

TEST_CASE("an_address_in_use_is_named") {
  const test_server first{echo, with_threads(2)};  // with SO_REUSEPORT, which must not be shared
  for (const std::size_t threads : {1U, 2U}) {
    auto config = with_threads(threads);
    config.listeners[0].port = first.where().port;
    websock::server second{config};
    second.handle("ws", echo);
    CHECK_THROWS_WITH(second.start(),
                      Catch::Matchers::Contains("127.0.0.1:" + std::to_string(first.where().port)));
    CHECK(second.endpoints().empty());
  }
}

TEST_CASE("a_server_starts_again_after_its_end") {
  test_server served;
  CHECK_THROWS_AS(served.start(), std::logic_error);
  CHECK(served.drain(1s));
  served.start();
  served.stop();
  served.stop();
  CHECK(served.drain(1s));
  CHECK_THROWS_AS(served.reload(one_route()), std::logic_error);
}

TEST_CASE("a_configuration_is_checked_without_a_socket") {
  websock::server served{one_route()};
  CHECK_THROWS_AS(served.check(), websock::config_error);
  served.handle("ws", echo);
  CHECK_NOTHROW(served.check());
}
