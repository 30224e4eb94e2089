// Sending: order, gathering, backpressure, pings.
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <string>

#include "support/catch.hpp"
#include "support/echo.hpp"
#include "support/raw_peer.hpp"
#include "support/run.hpp"
#include "support/session_pair.hpp"
#include "websock/io/task_group.hpp"
#include "websock/io/timer.hpp"

using namespace websock;
using support::client_frame;
using support::octets;
using support::read_octets;

namespace {

task<void> send_many(session& from, char letter, int count, std::size_t size) {
  for (int i = 0; i < count; ++i) {
    const std::string text(size, letter);
    co_await from.send(text);
  }
}

}  // namespace

TEST_CASE("answers to what arrived in one read leave in one write") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  support::spawn(context, support::echo(*both.server));
  std::string burst;
  for (int i = 0; i < 16; ++i) burst += client_frame(0x81, "0123456789");
  support::run(context, [](io::byte_stream& wire, const std::string& text) -> task<void> {
    co_await wire.write(text);
    const std::string answer = co_await read_octets(wire, 16 * 12);
    CHECK(answer.substr(0, 12) == octets("81 0a") + "0123456789");
  }(*both.wire, burst));
  CHECK(both.account->writes == 1);
}

TEST_CASE("what is sent while nobody reads leaves at the end of the turn, in one write") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  support::run(context, send_many(*both.server, 'a', 10, 5));
  support::run(context, [](io::byte_stream& wire) -> task<void> {
    const std::string all = co_await read_octets(wire, 70);
    CHECK(all.substr(0, 7) == octets("81 05") + "aaaaa");
  }(*both.wire));
  CHECK(both.account->writes == 1);
}

TEST_CASE("messages of many senders never interleave, and none is lost") {
  asio::io_context context{1};
  session_options small;
  small.high_water_mark = 4096;
  support::session_pair both{context, small, small};
  constexpr std::size_t senders = 7;
  support::spawn(context, [](session& from) -> task<void> {
    io::task_group group{from.get_executor()};
    for (std::size_t i = 0; i < senders; ++i) {
      group.spawn(send_many(from, static_cast<char>('a' + i), 40, 1 + i * 4000));
    }
    co_await group.join();
    co_await from.close();
  }(both.server));
  std::array<int, senders> seen{};
  support::run(context, [](session& to, std::array<int, senders>& count) -> task<void> {
    while (auto received = co_await to.receive()) {
      const std::string_view text = received->text();
      REQUIRE_FALSE(text.empty());
      const auto sender = static_cast<std::size_t>(text[0] - 'a');
      CHECK(text == std::string(1 + sender * 4000, text[0]));
      ++count[sender];
    }
  }(both.client, seen));
  for (const int count : seen) CHECK(count == 40);
}

TEST_CASE("slow_reader_is_capped") {
  asio::io_context context{1};
  session_options options;
  options.high_water_mark = 10'000;
  support::server_and_wire both{context, options, 1000};
  bool ended = false;
  std::error_code error;
  support::spawn(context, support::store_error(send_many(*both.server, 'x', 1000, 500), error, ended));
  context.restart();
  context.poll();
  CHECK_FALSE(ended);
  CHECK(both.server->buffered() >= 10'000);
  CHECK(both.server->buffered() <= 10'000 + 504);
  support::run(context, [](io::byte_stream& wire) -> task<void> {
    for (int i = 0; i < 1000; ++i) {
      const std::string frame = co_await read_octets(wire, 504);
      CHECK(frame == octets("81 7e 01 f4") + std::string(500, 'x'));
    }
  }(*both.wire));
  support::poll_until(context, [&] { return ended; });
  CHECK_FALSE(error);
}

TEST_CASE("a cancelled send was not accepted, and the next one is") {
  asio::io_context context{1};
  session_options options;
  options.high_water_mark = 100;
  support::server_and_wire both{context, options, 10};
  support::run(context, both.server->send(std::string(200, 'a')));
  asio::cancellation_signal cancel;
  std::error_code error;
  bool ended = false;
  const std::string dropped = "dropped";
  asio::co_spawn(context, support::store_error(both.server->send(dropped), error, ended),
                 asio::bind_cancellation_slot(cancel.slot(), asio::detached));
  context.restart();
  context.poll();
  REQUIRE_FALSE(ended);
  cancel.emit(asio::cancellation_type::terminal);
  support::poll_until(context, [&] { return ended; });
  CHECK(error == asio::error::operation_aborted);
  const std::string kept = "kept";
  support::spawn(context, both.server->send(kept));
  support::run(context, [](io::byte_stream& wire) -> task<void> {
    const std::string all = co_await read_octets(wire, 4 + 200 + 6);
    CHECK(all.substr(204) == octets("81 04") + "kept");
  }(*both.wire));
}

TEST_CASE("destroying a session wakes a send that waits for room") {
  asio::io_context context{1};
  session_options options;
  options.high_water_mark = 100;
  support::server_and_wire both{context, options, 10};
  const std::string large(200, 'a');
  support::run(context, both.server->send(large));
  std::error_code error;
  bool ended = false;
  support::spawn(context, support::store_error(both.server->send(large), error, ended));
  context.restart();
  context.poll();
  REQUIRE_FALSE(ended);
  both.server.reset();
  support::poll_until(context, [&] { return ended; });
  CHECK(error == errc::closed);
}

TEST_CASE("a large payload that the system takes in part stays in one piece, with pongs behind it") {
  asio::io_context context{1};
  support::server_and_wire both{context, {}, 5000};
  support::spawn(context, support::echo(*both.server));
  const std::string large(60'000, 'L');
  support::spawn(context, [](io::byte_stream& wire, const std::string& payload) -> task<void> {
    const std::string head = octets("82 fe ea 60 00 00 00 00");
    for (int i = 0; i < 3; ++i) {
      co_await wire.write(head);
      co_await wire.write(payload);
      co_await wire.write(client_frame(0x89, "are you there"));
    }
  }(*both.wire, large));
  support::run(context, [](io::byte_stream& wire, const std::string& payload) -> task<void> {
    for (int i = 0; i < 3; ++i) {
      const std::string message = co_await read_octets(wire, 4 + payload.size());
      CHECK(message == octets("82 7e ea 60") + payload);
      const std::string pong = co_await read_octets(wire, 15);
      CHECK(pong == octets("8a 0d") + "are you there");
    }
  }(*both.wire, large));
}

TEST_CASE("messages are accepted in the order of the calls, also when their senders had to wait") {
  asio::io_context context{1};
  session_options options;
  options.high_water_mark = 1;
  support::server_and_wire both{context, options, 2};
  const auto send = [](session& server, std::string text) -> task<void> { co_await server.send(text); };
  std::string expected;
  for (int i = 0; i < 20; ++i) {
    const std::string text(1, static_cast<char>('a' + i));
    support::spawn(context, send(*both.server, text));
    expected += octets("81 01") + text;
  }
  support::run(context, [](io::byte_stream& wire, const std::string& wanted) -> task<void> {
    const std::string all = co_await read_octets(wire, wanted.size());
    CHECK(all == wanted);
  }(*both.wire, expected));
}

TEST_CASE("flush completes when all is written") {
  asio::io_context context{1};
  support::server_and_wire both{context, {}, 100};
  support::run(context, both.server->send(std::string(1000, 'f')));
  bool flushed = false;
  std::error_code error;
  support::spawn(context, support::store_error(both.server->flush(), error, flushed));
  context.restart();
  context.poll();
  CHECK_FALSE(flushed);
  support::run(context, [](io::byte_stream& wire) -> task<void> {
    const std::string all = co_await read_octets(wire, 1004);
  }(*both.wire));
  support::poll_until(context, [&] { return flushed; });
  CHECK_FALSE(error);
  CHECK(both.server->buffered() == 0);
}

TEST_CASE("text that is not UTF-8 is refused and nothing of it is sent") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  support::run(context, [](session& server) -> task<void> {
    const auto error = co_await support::error_of(server.send("\xc3\x28"));
    CHECK(error == errc::argument_invalid);
  }(*both.server));
  CHECK(both.server->buffered() == 0);
  CHECK(both.account->writes == 0);
}

TEST_CASE("a ping measures the way to its pong and back") {
  asio::io_context context{1};
  support::session_pair both{context};
  support::spawn(context, support::echo(both.server));
  support::spawn(context, support::echo(both.client));
  support::run(context, [](session& client) -> task<void> {
    const auto first = co_await client.ping("payload");
    CHECK(first.count() > 0);
    const auto second = co_await client.ping();
    CHECK(client.latency() == second);
  }(both.client));
}

TEST_CASE("a pong answers the pings before it, too, and one that nobody asked for is ignored") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  support::spawn(context, support::echo(*both.server));
  int answered = 0;
  const auto ping = [](session& server, std::string payload, int& count) -> task<void> {
    co_await server.ping(payload);
    ++count;
  };
  support::spawn(context, ping(*both.server, "one", answered));
  support::spawn(context, ping(*both.server, "two", answered));
  support::spawn(context, ping(*both.server, "three", answered));
  support::run(context, [](io::byte_stream& wire) -> task<void> {
    const std::string pings = co_await read_octets(wire, 5 + 5 + 7);
    co_await wire.write(client_frame(0x8a, "stray") + client_frame(0x8a, "two") + client_frame(0x81, "m"));
    const std::string message = co_await read_octets(wire, 3);
  }(*both.wire));
  support::poll_until(context, [&] { return answered == 2; });
}

TEST_CASE("ping_flood_without_reading") {
  asio::io_context context{1};
  support::server_and_wire both{context, {}, 2000};
  support::spawn(context, support::echo(*both.server));
  const std::string ping = client_frame(0x89, std::string(100, 'p'));
  std::size_t most = 0;
  support::run(
      context,
      [](io::byte_stream& wire, session& server, const std::string& frame, std::size_t& high) -> task<void> {
        for (int i = 0; i < 5000; ++i) {
          co_await wire.write(frame);
          high = std::max(high, server.buffered());
        }
      }(*both.wire, *both.server, ping, most));
  CHECK(most <= 65 * 102);
}
