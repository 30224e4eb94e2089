// What becomes of messages that the peer is too slow for.
#include <asio/bind_cancellation_slot.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/echo.hpp"
#include "support/raw_peer.hpp"
#include "support/run.hpp"
#include "support/spawn.hpp"

using namespace websock;
using support::client_frame;
using support::octets;
using support::read_octets;

namespace {

constexpr std::size_t mark = 10'000;
constexpr std::size_t pipe_size = 1'000;

session_options with_policy(overflow policy) {
  session_options options;
  options.high_water_mark = mark;
  options.outgoing.policy = policy;
  return options;
}

session make_session(io::stream_ptr stream, protocol::role role, const session_options& options) {
  session_request request;
  if (options.permessage_deflate) request.deflate.emplace();
  return session{std::move(stream), role, options, std::move(request)};
}

// A server's session, and a client that does not read until it is asked to.
struct slow_pair {
  slow_pair(asio::io_context& context, const session_options& options)
      : slow_pair{io::memory_pair(context.get_executor(), pipe_size), options} {}

  session server;
  session client;

 private:
  slow_pair(std::pair<io::stream_ptr, io::stream_ptr> ends, const session_options& options)
      : server{make_session(std::move(ends.first), protocol::role::server, options)},
        client{make_session(std::move(ends.second), protocol::role::client, options)} {}
};

// "17" and more, to `size` characters.
std::string numbered(int number, std::size_t size) {
  std::string text = std::to_string(number) + ":";
  while (text.size() < size) text += "{\"number\": " + std::to_string(number * 7919) + "}, ";
  text.resize(size);
  return text;
}

task<void> send_numbered(session& from, int first, int count, std::size_t size) {
  for (int i = first; i < first + count; ++i) {
    const std::string text = numbered(i, size);
    co_await from.send(text);
  }
}

// Closes behind them, and reads what comes; the numbers of the messages, each of which is as it was sent.
task<std::vector<int>> close_and_read(session& from, session& to, std::size_t size) {
  from.start_close(close_code::normal_closure);
  std::vector<int> numbers;
  while (const auto received = co_await to.receive()) {
    numbers.push_back(std::stoi(std::string{received->text()}));
    CHECK(received->text() == numbered(numbers.back(), size));
  }
  co_return numbers;
}

bool is_rising(const std::vector<int>& numbers) {
  return std::adjacent_find(numbers.begin(), numbers.end(), std::greater_equal<>{}) == numbers.end();
}

void poll(asio::io_context& context) {
  context.restart();
  context.poll();
}

// All of it happens at once: nobody is suspended.
std::error_code done_at_once(asio::io_context& context, task<void> work) {
  std::error_code error;
  bool ended = false;
  support::spawn(context, support::store_error(std::move(work), error, ended));
  poll(context);
  REQUIRE(ended);
  return error;
}

struct what_came {
  std::vector<int> numbers;
  std::uint64_t dropped = 0;
  std::size_t most_buffered = 0;
};

// Sends many messages to a peer that reads nothing, and then to one that reads.
what_came drop_some(const session_options& options, int count, std::size_t size) {
  asio::io_context context{1};
  slow_pair both{context, options};
  what_came result;
  for (int i = 0; i < count; ++i) {
    CHECK_FALSE(done_at_once(context, send_numbered(both.server, i, 1, size)));
    result.most_buffered = std::max(result.most_buffered, both.server.buffered());
  }
  support::run(context, [](slow_pair& pair, std::size_t each, std::vector<int>& into) -> task<void> {
    into = co_await close_and_read(pair.server, pair.client, each);
  }(both, size, result.numbers));
  CHECK(both.client.was_clean());
  result.dropped = both.server.dropped();
  return result;
}

}  // namespace

TEST_CASE("drop_oldest never suspends, and the newest messages arrive in order") {
  const what_came result = drop_some(with_policy(overflow::drop_oldest), 1000, 500);
  CHECK(result.dropped > 900);
  CHECK(result.numbers.size() + result.dropped == 1000);
  CHECK(is_rising(result.numbers));
  CHECK(result.numbers.front() == 0);  // it had begun to be written
  CHECK(result.numbers.back() == 999);
  CHECK(result.most_buffered <= mark + 1000);
}

TEST_CASE("drop_oldest in a single turn drops only what the system does not take") {
  asio::io_context context{1};
  session_options options = with_policy(overflow::drop_oldest);
  slow_pair both{context, options};
  CHECK_FALSE(done_at_once(context, send_numbered(both.server, 0, 1000, 500)));
  CHECK(both.server.buffered() <= 2 * mark);
  support::run(context, [](slow_pair& pair) -> task<void> {
    const auto numbers = co_await close_and_read(pair.server, pair.client, 500);
    CHECK(numbers.size() + pair.server.dropped() == 1000);
    CHECK(is_rising(numbers));
    CHECK(numbers.back() == 999);
    CHECK(numbers[numbers.size() - 5] == 995);
  }(both));
}

TEST_CASE("drop_oldest keeps a compression context whole") {
  session_options options = with_policy(overflow::drop_oldest);
  options.permessage_deflate.emplace();
  const what_came result = drop_some(options, 1000, 700);
  CHECK(result.dropped > 500);
  CHECK(result.numbers.size() + result.dropped == 1000);
  CHECK(is_rising(result.numbers));
  CHECK(result.numbers.back() == 999);
}

TEST_CASE("drop_oldest by number") {
  session_options options = with_policy(overflow::drop_oldest);
  options.outgoing.messages = 5;
  const what_came result = drop_some(options, 1000, 300);
  // Those that the pipe took, those of which a part was written, and the five newest.
  CHECK(result.numbers.size() <= 3 + 1 + 5);
  CHECK(result.numbers.back() == 999);
  CHECK(is_rising(result.numbers));
}

TEST_CASE("drop_oldest by number in a single turn keeps the newest, too") {
  asio::io_context context{1};
  session_options options = with_policy(overflow::drop_oldest);
  options.outgoing.messages = 20;
  slow_pair both{context, options};
  CHECK_FALSE(done_at_once(context, send_numbered(both.server, 0, 1000, 100)));
  support::run(context, [](slow_pair& pair) -> task<void> {
    const auto numbers = co_await close_and_read(pair.server, pair.client, 100);
    CHECK(numbers.size() <= 30);
    CHECK(numbers[numbers.size() - 10] == 990);
  }(both));
}

TEST_CASE("drop_oldest always keeps the newest, however large") {
  const what_came result = drop_some(with_policy(overflow::drop_oldest), 20, 3 * mark);
  CHECK(result.numbers == std::vector<int>{0, 19});
  CHECK(result.dropped == 18);
}

TEST_CASE("drop_oldest with a peer that reads drops nothing") {
  asio::io_context context{1};
  slow_pair both{context, with_policy(overflow::drop_oldest)};
  support::run(context, [](slow_pair& pair) -> task<void> {
    for (int i = 0; i < 300; ++i) {
      const std::string text = numbered(i, 400);
      co_await pair.server.send(text);
      const auto received = co_await pair.client.receive();
      REQUIRE(received);
      CHECK(received->text() == text);
    }
  }(both));
  CHECK(both.server.dropped() == 0);
  CHECK(both.server.buffered() == 0);
}

TEST_CASE("empty messages that wait are not free") {
  asio::io_context context{1};
  slow_pair both{context, with_policy(overflow::drop_oldest)};
  CHECK_FALSE(done_at_once(context, send_numbered(both.server, 0, 10, 500)));
  for (int i = 0; i < 10'000; ++i) support::run(context, both.server.send(std::string_view{}));
  CHECK(both.server.dropped() > 9'000);
}

TEST_CASE("prepared messages are dropped as others are") {
  asio::io_context context{1};
  session_options options = with_policy(overflow::drop_oldest);
  options.permessage_deflate.emplace();
  slow_pair both{context, options};
  support::run(context, [](session& server) -> task<void> {
    for (int i = 0; i < 200; ++i) {
      const prepared_message message{numbered(i, 900)};
      co_await server.send(message);
      co_await send_numbered(server, 1000 + i, 1, 900);
    }
  }(both.server));
  support::run(context, [](slow_pair& pair) -> task<void> {
    const auto numbers = co_await close_and_read(pair.server, pair.client, 900);
    CHECK(numbers.size() + pair.server.dropped() == 400);
    CHECK(numbers.back() == 1199);
    CHECK(numbers[numbers.size() - 2] == 199);
  }(both));
}

TEST_CASE("close ends the session with its code behind what was accepted, and says why") {
  asio::io_context context{1};
  session_options options = with_policy(overflow::close);
  options.outgoing.code = close_code::try_again_later;
  slow_pair both{context, options};
  CHECK(done_at_once(context, send_numbered(both.server, 0, 1000, 500)) == errc::outgoing_queue_full);
  CHECK_FALSE(both.server.is_open());
  CHECK(both.server.local_close()->code == close_code::try_again_later);
  CHECK(both.server.buffered() <= 2 * mark);
  CHECK(done_at_once(context, send_numbered(both.server, 0, 1, 500)) == errc::closed);
  support::run(context, [](slow_pair& pair) -> task<void> {
    const auto numbers = co_await close_and_read(pair.server, pair.client, 500);
    CHECK(numbers.size() >= mark / 600);
    CHECK(numbers.back() == static_cast<int>(numbers.size()) - 1);  // none is missing
  }(both));
  CHECK(both.client.peer_close()->code == close_code::try_again_later);
  CHECK(both.server.dropped() == 0);
}

TEST_CASE("close by number") {
  asio::io_context context{1};
  session_options options = with_policy(overflow::close);
  options.outgoing.messages = 7;
  slow_pair both{context, options};
  for (int i = 0; i < 10; ++i) {  // three fit into the pipe, of 300 octets and a head
    const auto error = done_at_once(context, send_numbered(both.server, i, 1, 300));
    CHECK(error == std::error_code{});
  }
  CHECK(done_at_once(context, send_numbered(both.server, 10, 1, 300)) == errc::outgoing_queue_full);
  CHECK(both.server.local_close()->code == close_code::policy_violation);
}

TEST_CASE("block by number suspends, and goes on as the peer reads") {
  asio::io_context context{1};
  session_options options = with_policy(overflow::block);
  options.outgoing.messages = 4;
  slow_pair both{context, options};
  bool ended = false;
  std::error_code error;
  support::spawn(context, support::store_error(send_numbered(both.server, 0, 100, 300), error, ended));
  poll(context);
  CHECK_FALSE(ended);
  CHECK(both.server.buffered() <= 4 * 304);
  support::run(context, [](session& client) -> task<void> {
    for (int i = 0; i < 100; ++i) {
      const auto received = co_await client.receive();
      REQUIRE(received);
      CHECK(received->text() == numbered(i, 300));
    }
  }(both.client));
  support::poll_until(context, [&] { return ended; });
  CHECK_FALSE(error);
}

TEST_CASE("pongs pass messages that wait, and none is dropped") {
  asio::io_context context{1};
  support::server_and_wire both{context, with_policy(overflow::drop_oldest), pipe_size};
  support::spawn(context, support::echo(*both.server));
  CHECK_FALSE(done_at_once(context, send_numbered(*both.server, 0, 5, 500)));
  support::run(context, [](io::byte_stream& wire) -> task<void> {
    for (int i = 0; i < 10; ++i) {
      const std::string ping = client_frame(0x89, "ping " + std::to_string(i));
      co_await wire.write(ping);
    }
  }(*both.wire));
  poll(context);
  CHECK_FALSE(done_at_once(context, send_numbered(*both.server, 5, 100, 500)));
  support::run(context, [](io::byte_stream& wire) -> task<void> {
    std::string framed_before;
    while (framed_before.find("ping 9") == std::string::npos) framed_before += co_await read_octets(wire, 1);
    for (int i = 0; i < 10; ++i) CHECK(framed_before.find("ping " + std::to_string(i)) != std::string::npos);
    CHECK(framed_before.size() < 7 * 504 + 10 * 8);
  }(*both.wire));
  CHECK(both.server->dropped() > 0);
}

TEST_CASE("flush waits for messages without a frame, too") {
  asio::io_context context{1};
  slow_pair both{context, with_policy(overflow::drop_oldest)};
  CHECK_FALSE(done_at_once(context, send_numbered(both.server, 0, 5, 900)));
  bool flushed = false;
  std::error_code error;
  support::spawn(context, support::store_error(both.server.flush(), error, flushed));
  poll(context);
  CHECK_FALSE(flushed);
  support::run(context, [](session& client) -> task<void> {
    for (int i = 0; i < 5; ++i) {
      const auto received = co_await client.receive();
      REQUIRE(received);
    }
  }(both.client));
  support::poll_until(context, [&] { return flushed; });
  CHECK_FALSE(error);
  CHECK(both.server.buffered() == 0);
}

TEST_CASE("what waits when the peer closes is given up, and the session ends cleanly") {
  asio::io_context context{1};
  support::server_and_wire both{context, with_policy(overflow::drop_oldest), pipe_size};
  bool ended = false;
  std::error_code error;
  CHECK_FALSE(done_at_once(context, send_numbered(*both.server, 0, 10, 500)));
  support::spawn(context, support::store_error(support::echo(*both.server), error, ended));
  support::run(context, [](io::byte_stream& wire) -> task<void> {
    const std::string close = client_frame(0x88, octets("03 e8"));
    co_await wire.write(close);
    const std::string all = co_await support::read_to_end(wire);
    CHECK(all.ends_with(octets("88 02 03 e8")));
  }(*both.wire));
  support::poll_until(context, [&] { return ended; });
  CHECK_FALSE(error);
  CHECK(both.server->was_clean());
  CHECK(both.server->buffered() == 0);
}

TEST_CASE("what others send meanwhile waits behind a message in pieces") {
  const auto policy = GENERATE(overflow::drop_oldest, overflow::close);
  asio::io_context context{1};
  session_options options = with_policy(policy);
  slow_pair both{context, options};
  support::run(context, [](asio::io_context& at, session& server) -> task<void> {
    auto writer = co_await server.start_message(opcode::text);
    co_await writer.write("one ");
    std::error_code error;
    bool ended = false;
    support::spawn(at, support::store_error(server.send("other"), error, ended));
    co_await writer.write("two ");
    co_await server.send("behind it");
    co_await writer.write("three");
    co_await writer.finish();
    co_await server.send("last");
  }(context, both.server));
  support::run(context, [](session& client) -> task<void> {
    std::vector<std::string> texts;
    for (int i = 0; i < 4; ++i) {
      const auto received = co_await client.receive();
      REQUIRE(received);
      texts.emplace_back(received->text());
    }
    CHECK(texts.front() == "one two three");
    CHECK(texts.back() == "last");
    CHECK(std::count(texts.begin(), texts.end(), "other") == 1);
  }(both.client));
}

TEST_CASE("a message in pieces stands behind what waits, and waits for room itself") {
  asio::io_context context{1};
  session_options options = with_policy(overflow::drop_oldest);
  slow_pair both{context, options};
  CHECK_FALSE(done_at_once(context, send_numbered(both.server, 0, 8, 900)));
  bool ended = false;
  std::error_code error;
  const auto in_pieces = [](session& server) -> task<void> {
    auto writer = co_await server.start_message(opcode::text);
    const std::string piece = numbered(8, 900 * 50);
    for (std::size_t at = 0; at < piece.size(); at += 900) co_await writer.write(piece.substr(at, 900));
    co_await writer.finish();
  };
  support::spawn(context, support::store_error(in_pieces(both.server), error, ended));
  poll(context);
  CHECK_FALSE(ended);
  CHECK(both.server.buffered() <= 2 * mark);
  support::run(context, [](session& client) -> task<void> {
    for (int i = 0; i <= 8; ++i) {
      const auto received = co_await client.receive();
      REQUIRE(received);
      CHECK(received->text() == numbered(i, i == 8 ? 900 * 50 : 900));
    }
  }(both.client));
  support::poll_until(context, [&] { return ended; });
  CHECK_FALSE(error);
  CHECK(both.server.dropped() == 0);
}

TEST_CASE("what is posted through a handle is under the policy, too") {
  asio::io_context context{1};
  slow_pair both{context, with_policy(overflow::drop_oldest)};
  const session_handle handle = both.server.handle();
  for (int i = 0; i < 100; ++i) {
    REQUIRE(handle.post_send(numbered(i, 900)));
    poll(context);  // so it is accepted
  }
  CHECK(both.server.dropped() > 50);
  support::run(context, [](slow_pair& pair) -> task<void> {
    const auto numbers = co_await close_and_read(pair.server, pair.client, 900);
    CHECK(numbers.size() + pair.server.dropped() == 100);
    CHECK(numbers.back() == 99);
  }(both));
}

TEST_CASE("messages that are posted and not accepted are limited by number, too") {
  asio::io_context context{1};
  session_options options;
  options.outgoing.messages = 3;
  slow_pair both{context, options};
  const session_handle handle = both.server.handle();
  for (int i = 0; i < 3; ++i) CHECK(handle.post_send(""));
  CHECK_FALSE(handle.post_send(""));
  poll(context);
  CHECK(handle.post_send(""));
}

TEST_CASE("a stream that breaks ends what waits with it") {
  asio::io_context context{1};
  support::server_and_wire both{context, with_policy(overflow::drop_oldest), pipe_size};
  CHECK_FALSE(done_at_once(context, send_numbered(*both.server, 0, 10, 900)));
  CHECK(both.server->buffered() > 0);
  both.wire->close();
  support::run(context, [](session& server) -> task<void> {
    const auto error = co_await support::error_of(support::echo(server));
    CHECK(error == condition::disconnected);
  }(*both.server));
  CHECK(both.server->buffered() == 0);
}
