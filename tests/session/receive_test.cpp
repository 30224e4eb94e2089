// Reading: cancellation, sharing the thread's buffer, faults at every I/O.
#include <algorithm>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <string>

#include "support/catch.hpp"
#include "support/echo.hpp"
#include "support/raw_peer.hpp"
#include "support/run.hpp"
#include "support/session_pair.hpp"
#include "websock/io/notifier.hpp"

using namespace websock;
using support::client_frame;
using support::octets;
using support::read_octets;

namespace {

task<void> write_slowly(io::byte_stream& wire, std::string text) {
  for (const char& one : text) {
    co_await wire.write(std::string_view{&one, 1});
    co_await asio::post(wire.get_executor(), asio::use_awaitable);
  }
}

task<void> expect_message(session& from, std::string expected) {
  const auto received = co_await from.receive();
  REQUIRE(received);
  CHECK(received->text() == expected);
}

}  // namespace

TEST_CASE("one_byte_segments") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  support::spawn(context, write_slowly(*both.wire, client_frame(0x81, std::string(200, 'y'))));
  support::run(context, expect_message(*both.server, std::string(200, 'y')));
}

TEST_CASE("a receive that is cancelled at any octet of a message loses none of it") {
  const std::string frame = client_frame(0x81, "interrupted") + client_frame(0x82, "next");
  for (std::size_t cut = 0; cut <= frame.size(); ++cut) {
    asio::io_context context{1};
    support::server_and_wire both{context};
    support::run(context, both.wire->write(std::string_view{frame}.substr(0, cut)));
    asio::cancellation_signal cancel;
    std::error_code error;
    bool ended = false;
    std::vector<std::string> seen;
    const auto collect = [](session& from, std::vector<std::string>& into) -> task<void> {
      while (auto received = co_await from.receive()) into.emplace_back(received->text());
    };
    asio::co_spawn(context, support::store_error(collect(*both.server, seen), error, ended),
                   asio::bind_cancellation_slot(cancel.slot(), asio::detached));
    context.restart();
    context.poll();
    cancel.emit(asio::cancellation_type::terminal);
    support::poll_until(context, [&] { return ended; });
    CHECK(error == asio::error::operation_aborted);

    support::spawn(context, both.wire->write(std::string_view{frame}.substr(cut)));
    while (seen.size() < 2) {
      support::run(context, [](session& from, std::vector<std::string>& into) -> task<void> {
        const auto received = co_await from.receive();
        if (received) into.emplace_back(received->text());
      }(*both.server, seen));
    }
    CHECK(seen == std::vector<std::string>{"interrupted", "next"});
  }
}

TEST_CASE("a second receive while one waits is refused") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  support::spawn(context, support::echo(*both.server));
  context.poll();
  std::error_code error;
  bool ended = false;
  support::spawn(context, support::store_error(support::echo(*both.server), error, ended));
  support::poll_until(context, [&] { return ended; });
  CHECK(error == errc::busy);
}

TEST_CASE("what came behind the handshake is read first") {
  asio::io_context context{1};
  auto [left, right] = io::memory_pair(context.get_executor());
  const std::string early = client_frame(0x81, "early") + client_frame(0x81, "half").substr(0, 7);
  session server{std::move(left), protocol::role::server, session_options{}, {}, as_bytes(early)};
  support::run(context, expect_message(server, "early"));
  support::run(context, right->write(client_frame(0x81, "half").substr(7)));
  support::run(context, expect_message(server, "half"));
}

TEST_CASE("sessions of one thread share its input buffer without mixing what is in it") {
  asio::io_context context{1};
  support::server_and_wire first{context};
  support::server_and_wire second{context};
  std::string many;
  for (int i = 0; i < 50; ++i) many += client_frame(0x81, "message " + std::to_string(i));
  support::run(context, first.wire->write(many));
  support::run(context, second.wire->write(many));
  // Each takes one message at a time, so the other's rest lies in the buffer meanwhile.
  support::run(context, [](session& one, session& other) -> task<void> {
    for (int i = 0; i < 50; ++i) {
      co_await expect_message(one, "message " + std::to_string(i));
      co_await expect_message(other, "message " + std::to_string(i));
    }
  }(*first.server, *second.server));
}

TEST_CASE("large messages go straight into their own memory, whatever the pieces") {
  asio::io_context context{1};
  support::session_pair both{context};
  std::string large(3 << 20, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>('a' + i % 23);
  support::spawn(context, support::echo(both.server));
  support::run(context, [](session& client, const std::string& text) -> task<void> {
    for (int i = 0; i < 3; ++i) {
      co_await client.send(text);
      const auto received = co_await client.receive();
      REQUIRE(received);
      CHECK(received->text() == text);
    }
  }(both.client, large));
}

TEST_CASE("a session whose input never ends lets others of its thread go on") {
  asio::io_context context{1};
  support::server_and_wire busy{context, {}, 1 << 20};
  const std::string frame = client_frame(0x82, std::string(1000, 'z'));
  std::size_t received = 0;
  bool stop = false;
  support::spawn(context, [](session& server, std::size_t& count) -> task<void> {
    while (auto one = co_await server.receive()) ++count;
  }(*busy.server, received));
  // Refills the stream whenever the reader has emptied it, without a pause of its own.
  support::spawn(context, [](io::byte_stream& wire, const std::string& text, const bool& end) -> task<void> {
    while (!end) co_await wire.write(text);
  }(*busy.wire, frame, stop));
  support::run(context, [](asio::io_context& here, std::size_t& count) -> task<void> {
    while (count < 1000) co_await asio::post(here, asio::use_awaitable);
  }(context, received));
  stop = true;
}

TEST_CASE("tiny frames that come in large pieces take turns, too") {
  asio::io_context context{1};
  support::server_and_wire busy{context, {}, 4 << 20};
  constexpr std::size_t frames = 200'000;  // in 1.2 MB
  std::string flood;
  for (std::size_t i = 0; i < frames; ++i) flood += client_frame(0x82, "");
  support::run(context, busy.wire->write(flood));
  std::size_t received = 0;
  std::size_t most = 0;  // between two turns of another
  support::spawn(context, [](session& server, std::size_t& count) -> task<void> {
    while (auto one = co_await server.receive()) ++count;
  }(*busy.server, received));
  support::run(context, [](asio::io_context& here, std::size_t& count, std::size_t& largest) -> task<void> {
    while (count < frames) {
      const std::size_t before = count;
      co_await asio::post(here, asio::use_awaitable);
      largest = std::max(largest, count - before);
    }
  }(context, received, most));
  CHECK(most <= std::size_t{512} * 1024 / 6 + 1);
}

TEST_CASE("a fault at the n-th I/O, for every n, ends in an error or not at all") {
  constexpr int messages = 3;
  bool succeeded = false;
  for (std::size_t n = 0; !succeeded; ++n) {
    REQUIRE(n < 1000);
    asio::io_context context{1};
    support::server_and_wire both{context};
    both.account->fail_at = n;
    std::error_code error;
    bool ended = false;
    support::spawn(context, support::store_error(
                                [](session& server) -> task<void> {
                                  co_await support::echo(server);
                                  co_await server.close();
                                }(*both.server),
                                error, ended));
    bool client_done = false;
    support::spawn(context, [](io::byte_stream& wire, bool& done) -> task<void> {
      for (int i = 0; i < messages; ++i) {
        co_await wire.write(client_frame(0x81, "ping pong"));
        const std::string answer = co_await read_octets(wire, 11);
        CHECK(answer == octets("81 09") + "ping pong");
      }
      co_await wire.write(client_frame(0x88, octets("03 e8")));
      const std::string answer = co_await support::read_to_end(wire);
      CHECK((answer.empty() || answer == octets("88 02 03 e8")));
      done = !answer.empty();
      wire.close();
    }(*both.wire, client_done));
    support::poll_until(context, [&] { return ended; });
    if (!error) {
      // What failed after the Close frames were exchanged is no concern of the handler's.
      CHECK(both.server->was_clean());
    } else {
      CHECK(error == asio::error::connection_reset);
    }
    CHECK_FALSE(both.server->is_open());
    support::poll_until(context, [&] {
      context.poll();
      return true;
    });
    succeeded = client_done && both.account->operations <= n;
  }
}
