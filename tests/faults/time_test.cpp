// A thread that comes late to its deadlines, peers that are half open, handlers that do not end.
#include <thread>

#include "faults/lives.hpp"
#include "support/raw_peer.hpp"
#include "websock/io/notifier.hpp"

using namespace faults;
using namespace std::chrono_literals;

namespace {

/// A client that is connected, and reads nothing and says nothing more.
task<http_client> open_and_vanish(websock::io::endpoint where) {
  auto client = co_await connect_http(where);
  const auto response = co_await ask_for_session(client, "/ws");
  REQUIRE(response.status == websock::http::status::switching_protocols);
  co_return client;
}

websock::server_config with_keepalive(websock::duration interval, websock::duration timeout) {
  auto config = one_route();
  config.routes[0].session.keepalive = {interval, timeout};
  return config;
}

struct held_up {
  explicit held_up(const asio::any_io_executor& executor) : changed{executor} {}
  websock::io::notifier changed;
  std::size_t answered = 0;
  std::size_t lost = 0;
};

/// Answers pings all the time.
task<void> count_answers(websock::session& client, held_up& counted) {
  try {
    const auto message = co_await client.receive();
    ++(message ? counted.answered : counted.lost);
    counted.changed.notify_all();
    co_await read_to_the_close(client);
  } catch (const std::system_error&) {
    ++counted.lost;
    counted.changed.notify_all();
  }
}

}  // namespace

// As a machine that was suspended, or a process that was stopped: the time has jumped, and what the peers said
// meanwhile is unread, more of it than one look of the epoll set brings.
TEST_CASE("a thread that was held up drops nobody who answered meanwhile") {
  log_nothing();
  const test_server served{[](websock::session& session) -> task<void> {
                             while (auto message = co_await session.receive()) {
                               // This one is not polite, and the pause is the fault.
                               if (message->text() == "block") std::this_thread::sleep_for(1500ms);
                               co_await session.send(*message);
                             }
                           },
                           with_keepalive(100ms, 1000ms)};
  asio::io_context context;
  std::vector<websock::session> sessions;
  held_up seen{context.get_executor()};
  run(context,
      [](websock::io::endpoint where, asio::io_context& here, std::vector<websock::session>& all,
         held_up& counted) -> task<void> {
        constexpr std::size_t count = 300;
        all.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
          auto client = co_await open_session(where);
          all.push_back(std::move(client));
          spawn(here, count_answers(all.back(), counted));
        }
        const std::string block = "block";
        co_await all[0].send(block);
        while (counted.answered + counted.lost == 0) co_await counted.changed.wait();
        const std::string text = "alive";
        for (std::size_t i = 1; i < count; ++i) co_await all[i].send(text);
        while (counted.answered + counted.lost < count) co_await counted.changed.wait();
      }(served.where(), context, sessions, seen));
  CHECK(seen.lost == 0);
  CHECK(served.session_count() == 300);
}

// No FIN, no reset, no answer to pings: only time tells.
TEST_CASE("half-open peers are dropped, and give everything back") {
  log_nothing();
  const std::size_t sockets = open_sockets();
  event_count ended;
  {
    const test_server served{[&ended](websock::session& session) -> task<void> {
                               std::error_code why;
                               try {
                                 co_await busy_echo(session);
                               } catch (const std::system_error& error) {
                                 why = error.code();
                               }
                               if (why == websock::errc::ping_timeout) ended.add();
                             },
                             with_keepalive(50ms, 100ms)};
    asio::io_context context;
    std::vector<http_client> vanished;
    run(context, [](websock::io::endpoint where, std::vector<http_client>& into) -> task<void> {
      for (int i = 0; i < 50; ++i) {
        auto client = co_await open_and_vanish(where);
        into.push_back(std::move(client));
      }
    }(served.where(), vanished));
    CHECK(ended.wait_for(50));
    vanished.clear();
  }
  CHECK(open_sockets() == sockets);
}

TEST_CASE("a handler that blocks its thread leaves the other threads alone") {
  log_nothing();
  event_count blocked;
  event_count released;
  auto config = one_route();
  config.threads = 2;
  {
    const test_server served{[&](websock::session& session) -> task<void> {
                               while (auto message = co_await session.receive()) {
                                 if (message->text() == "block") {
                                   blocked.add();
                                   CHECK(released.wait_for(1));
                                 }
                                 co_await session.send(*message);
                               }
                             },
                             config};
    asio::io_context context;
    run(context,
        [](websock::io::endpoint where, event_count& is_blocked, event_count& release) -> task<void> {
          auto stuck = co_await open_session(where);
          const std::string block = "block";
          co_await stuck.send(block);
          co_await stuck.flush();  // before this thread waits
          CHECK(is_blocked.wait_for(1));
          // The system shares the connections out: one of these is the other thread's.
          std::vector<websock::session> others;
          bool is_served = false;
          while (!is_served && others.size() < 64) {
            task<websock::session> opening = open_session(where);
            try {
              auto client = co_await websock::io::with_timeout(std::move(opening), websock::duration{200});
              co_await echo_once(client);
              others.push_back(std::move(client));
              is_served = true;
            } catch (const std::system_error&) {  // it waits behind the one that blocks
            }
          }
          CHECK(is_served);
          release.add();
          const auto back = co_await stuck.receive();
          CHECK(back);
        }(served.where(), blocked, released));
  }
}

TEST_CASE("a drain ends handlers that never return") {
  log_nothing();
  event_count reached;
  auto config = one_route();
  websock::server served{config};
  const auto wait_forever = [&reached]() -> task<void> {
    reached.add();
    co_await websock::io::sleep_for(websock::no_timeout);
  };
  served.handle("ws", [&](websock::session&) -> task<void> { co_await wait_forever(); });
  served.handle_http("ws", [&](const websock::http_context&) -> task<websock::http::response> {
    co_await wait_forever();
    co_return websock::http::response{};
  });
  served.start();
  asio::io_context context;
  std::vector<http_client> clients;
  run(context, [](websock::io::endpoint where, std::vector<http_client>& into) -> task<void> {
    const std::string plain = "GET /ws HTTP/1.1\r\nHost: x\r\n\r\n";
    auto first = co_await connect_http(where);
    co_await first.send(plain);
    auto second = co_await open_and_vanish(where);
    into.push_back(std::move(first));
    into.push_back(std::move(second));
  }(served.endpoints().at(0), clients));
  CHECK(reached.wait_for(2));
  CHECK_FALSE(served.drain(websock::duration{50}));
  CHECK(served.session_count() == 0);
}

TEST_CASE("a handler that throws what is no exception ends its session with 1011") {
  log_nothing();
  const test_server served{[](websock::session&) -> task<void> {
    throw 42;  // NOLINT: that is the fault
    co_return;
  }};
  asio::io_context context;
  run(context, [](websock::io::endpoint where) -> task<void> {
    auto client = co_await open_session(where);
    co_await read_to_the_close(client);
    REQUIRE(client.peer_close());
    CHECK(client.peer_close()->code == websock::close_code::internal_error);
  }(served.where()));
}

TEST_CASE("a session may be destroyed inside each of its own calls") {
  const int which = GENERATE(0, 1, 2, 3);
  CAPTURE(which);
  asio::io_context context;
  auto [left, right] = websock::io::memory_pair(context.get_executor(), 1024);
  auto doomed = std::make_unique<websock::session>(std::move(left), websock::protocol::role::server);
  bool ended = false;
  std::error_code error;
  const auto call = [](websock::session& session, int number) -> task<void> {
    const std::string large(100'000, 'x');
    if (number == 0) co_await read_to_the_close(session);
    for (int i = 0; number == 1 && i < 100; ++i) co_await session.send(large);
    if (number == 2) co_await session.ping();
    if (number == 3) co_await session.close();
  };
  spawn(context, store_error(call(*doomed, which), error, ended));
  run(context, [](std::unique_ptr<websock::session>& victim, websock::io::byte_stream& wire) -> task<void> {
    if (victim->is_open()) {  // something reaches it first
      const std::string text = client_frame(0x81, "hello");
      co_await wire.write(text);
    }
    victim.reset();
  }(doomed, *right));
  poll_until(context, [&] { return ended; });
  CHECK((which == 3 || error));
}
