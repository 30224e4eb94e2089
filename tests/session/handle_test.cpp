// Handles: from other threads, and beyond the session's end.
#include "websock/session_handle.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/session_pair.hpp"

using namespace websock;

TEST_CASE("a handle of nothing, or of a session that is gone, says closed") {
  asio::io_context context{1};
  session_handle handle;
  CHECK(handle.expired());
  CHECK_FALSE(handle.post_send("nobody"));
  {
    support::session_pair both{context};
    handle = both.server.handle();
    CHECK_FALSE(handle.expired());
  }
  CHECK(handle.expired());
  CHECK_FALSE(handle.post_send("nobody"));
  CHECK_FALSE(handle.post_close());
  CHECK_FALSE(handle.post_abort());
  support::run(context, [](session_handle dead) -> task<void> {
    const auto sent = co_await support::error_of(dead.send("nobody"));
    CHECK(sent == errc::closed);
    const auto closed = co_await support::error_of(dead.close());
    CHECK(closed == errc::closed);
  }(handle));
}

TEST_CASE("a handle may outlive the context of its session") {
  session_handle handle;
  {
    asio::io_context context{1};
    support::session_pair both{context};
    handle = both.server.handle();
    CHECK(handle.post_send("never run"));
  }
  CHECK(handle.expired());
}

TEST_CASE("an awaited send through a handle is answered although the session's context ended") {
  asio::io_context mine{1};
  auto theirs = std::make_unique<asio::io_context>(1);
  auto both = std::make_unique<support::session_pair>(*theirs);
  std::error_code error;
  bool ended = false;
  support::spawn(mine, support::store_error(both->server.handle().send("never run"), error, ended));
  mine.poll();
  CHECK_FALSE(ended);
  both.reset();
  theirs.reset();
  support::poll_until(mine, [&] { return ended; });
  CHECK(error == errc::closed);
}

TEST_CASE("cancelling a call through a handle abandons the wait, not the work") {
  asio::io_context mine{1};
  asio::io_context theirs{1};
  support::session_pair both{theirs};
  asio::cancellation_signal cancel;
  std::error_code error;
  bool ended = false;
  asio::co_spawn(mine, support::store_error(both.server.handle().send("sent all the same"), error, ended),
                 asio::bind_cancellation_slot(cancel.slot(), asio::detached));
  mine.poll();
  cancel.emit(asio::cancellation_type::terminal);
  support::poll_until(mine, [&] { return ended; });
  CHECK(error == asio::error::operation_aborted);
  support::run(theirs, [](session& client) -> task<void> {
    const auto received = co_await client.receive();
    REQUIRE(received);
    CHECK(received->text() == "sent all the same");
  }(both.client));
}

TEST_CASE("what is posted to a session that does not keep up is refused, not piled up") {
  asio::io_context context{1};
  session_options options;
  options.high_water_mark = 1000;
  support::session_pair both{context, options};
  const session_handle handle = both.server.handle();
  int posted = 0;
  while (handle.post_send(std::string(100, 'p'))) REQUIRE(++posted < 1000);
  CHECK(posted == 10);
  support::run(context, [](session& client, int expected) -> task<void> {
    for (int i = 0; i < expected; ++i) {
      const auto received = co_await client.receive();
      REQUIRE(received);
    }
  }(both.client, posted));
  CHECK(handle.post_send("there is room again"));
}

TEST_CASE("threads send to one session through its handle, and each message arrives whole") {
  constexpr int threads = 4;
  constexpr int messages = 200;
  asio::io_context context{1};
  support::session_pair both{context};
  std::vector<std::thread> senders;
  // Theirs end with the test: whoever posts an answer to a context may still be in `post` when the
  // answered coroutine has ended.
  std::vector<std::unique_ptr<asio::io_context>> contexts;
  for (int t = 0; t < threads; ++t) {
    contexts.push_back(std::make_unique<asio::io_context>(1));
    senders.emplace_back([handle = both.server.handle(), t, &own = *contexts.back()] {
      support::run(own, [](session_handle to, int number) -> task<void> {
        for (int i = 0; i < messages; ++i) {
          co_await to.send(std::to_string(number) + " " + std::to_string(i));
        }
      }(handle, t));
    });
  }
  std::vector<int> next(threads);
  support::run(context, [](session& client, std::vector<int>& expected) -> task<void> {
    for (int i = 0; i < threads * messages; ++i) {
      const auto received = co_await client.receive();
      REQUIRE(received);
      const auto sender = static_cast<std::size_t>(received->text()[0] - '0');
      CHECK(received->text() == std::to_string(sender) + " " + std::to_string(expected[sender]++));
    }
  }(both.client, next));
  // Their last sends were answered here, to be heard there.
  for (auto& one : senders) one.join();
}

TEST_CASE("a handle closes and aborts from elsewhere") {
  asio::io_context context{1};
  support::session_pair both{context};
  std::thread other{
      [handle = both.server.handle()] { handle.post_close(close_code::going_away, "elsewhere"); }};
  support::run(context, [](session& client) -> task<void> {
    const auto end = co_await client.receive();
    CHECK_FALSE(end);
    CHECK(client.peer_close()->reason == "elsewhere");
  }(both.client));
  other.join();
}
