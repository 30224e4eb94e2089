// Compression of messages (RFC 7692), and messages in pieces.
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/echo.hpp"
#include "support/raw_peer.hpp"
#include "support/run.hpp"
#include "support/spawn.hpp"

using namespace websock;
using support::octets;

namespace {

session_options compressing() {
  session_options options;
  options.permessage_deflate.emplace();
  return options;
}

session make_session(io::stream_ptr stream, protocol::role role, const session_options& options,
                     const protocol::deflate_parameters& agreed = {}) {
  session_request request;
  request.deflate = agreed;
  return session{std::move(stream), role, options, std::move(request)};
}

struct compressed_pair {
  explicit compressed_pair(asio::io_context& context, const protocol::deflate_parameters& agreed = {})
      : compressed_pair{io::memory_pair(context.get_executor()), agreed} {}

  session server;
  session client;

 private:
  compressed_pair(std::pair<io::stream_ptr, io::stream_ptr> ends, const protocol::deflate_parameters& agreed)
      : server{make_session(std::move(ends.first), protocol::role::server, compressing(), agreed)},
        client{make_session(std::move(ends.second), protocol::role::client, compressing(), agreed)} {}
};

// A server's session, and the wire that its frames are seen on.
struct session_and_wire {
  explicit session_and_wire(asio::io_context& context, const session_options& options = compressing())
      : session_and_wire{io::memory_pair(context.get_executor()), options} {}

  session server;
  io::stream_ptr wire;

 private:
  session_and_wire(std::pair<io::stream_ptr, io::stream_ptr> ends, const session_options& options)
      : server{make_session(std::move(ends.first), protocol::role::server, options)},
        wire{std::move(ends.second)} {}
};

std::string text_of_size(std::size_t size) {
  std::string text;
  while (text.size() < size)
    text += "{\"id\": " + std::to_string(text.size() * 7919) + ", \"name\": \"somebody\"}, ";
  text.resize(size);
  return text;
}

task<void> expect_wire(io::byte_stream& wire, std::string expected) {
  const std::string got = co_await support::read_octets(wire, expected.size());
  CHECK(got == expected);
}

}  // namespace

TEST_CASE("compressed messages arrive as they were sent, both ways") {
  asio::io_context context{1};
  compressed_pair both{context};
  support::spawn(context, support::echo(both.server));
  support::run(context, [](session& client) -> task<void> {
    for (const std::size_t size :
         std::initializer_list<std::size_t>{0, 1, 255, 256, 1024, 8192, 100'000, 3'000'000}) {
      const std::string text = text_of_size(size);
      for (const auto how : {compression::automatic, compression::always, compression::never}) {
        CAPTURE(size);
        co_await client.send(text, how);
        const auto reply = co_await client.receive();
        REQUIRE(reply);
        CHECK(reply->text() == text);
      }
    }
    co_await client.close();
    CHECK(client.was_clean());
  }(both.client));
}

TEST_CASE("a message is compressed as its flag says, and by its size without one") {
  asio::io_context context{1};
  session_and_wire both{context};
  support::run(context, [](session& server, io::byte_stream& wire) -> task<void> {
    co_await server.send("Hello");
    co_await expect_wire(wire, octets("81 05") + "Hello");
    co_await server.send("Hello", compression::always);
    co_await expect_wire(wire, octets("c1 07 f2 48 cd c9 c9 07 00"));  // RFC 7692 section 7.2.3.1
    const std::string large(10'000, 'x');
    co_await server.send(large, compression::never);
    co_await expect_wire(wire, octets("81 7e 2710") + large);
    co_await server.send(large);
    const std::string head = co_await support::read_octets(wire, 2);
    CHECK(head[0] == '\xc1');
    CHECK(head[1] < 100);  // octets, of 10,000
  }(both.server, *both.wire));
}

TEST_CASE("without an agreement nothing is compressed, whatever is asked for") {
  asio::io_context context{1};
  support::server_and_wire both{context, compressing()};
  CHECK_FALSE(both.server->permessage_deflate());
  support::run(context, [](session& server, io::byte_stream& wire) -> task<void> {
    co_await server.send("Hello", compression::always);
    co_await expect_wire(wire, octets("81 05") + "Hello");
  }(*both.server, *both.wire));
}

TEST_CASE("what inflates beyond the limit closes with 1009") {
  asio::io_context context{1};
  session_options small = compressing();
  small.limits.message = 1000;
  auto [left, right] = io::memory_pair(context.get_executor());
  session server = make_session(std::move(left), protocol::role::server, small);
  session client = make_session(std::move(right), protocol::role::client, compressing());
  support::spawn(context, support::echo(server));
  support::run(context, [](session& from) -> task<void> {
    const std::string exact(1000, 'x');
    co_await from.send(exact);
    const auto reply = co_await from.receive();
    CHECK(reply);
    const std::string above(1001, 'x');
    co_await from.send(above);
    const auto none = co_await from.receive();
    CHECK_FALSE(none);
    REQUIRE(from.peer_close());
    CHECK(from.peer_close()->code == close_code::message_too_big);
  }(client));
}

// --- In pieces -----------------------------------------------------------------------------------

TEST_CASE("the pieces of a message are fragments, and leave as they are made") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  support::run(context, [](session& server, io::byte_stream& wire) -> task<void> {
    auto message = co_await server.start_message(opcode::text);
    co_await message.write("one");
    co_await expect_wire(wire, octets("01 03") + "one");
    co_await message.write("two");
    co_await expect_wire(wire, octets("00 03") + "two");
    co_await message.finish();
    co_await expect_wire(wire, octets("80 00"));
    const auto after = co_await support::error_of(message.write("more"));
    CHECK(after == errc::closed);
  }(*both.server, *both.wire));
}

TEST_CASE("each piece of a compressed message can be read at once") {
  asio::io_context context{1};
  compressed_pair both{context};
  support::run(context, [](session& server, session& client) -> task<void> {
    auto message = co_await server.start_message(opcode::text, compression::always);
    std::string whole;
    for (int i = 0; i < 100; ++i) {
      const std::string piece = text_of_size(static_cast<std::size_t>(i * 37));
      co_await message.write(piece);
      whole += piece;
    }
    co_await message.finish();
    const auto received = co_await client.receive();
    REQUIRE(received);
    CHECK(received->text() == whole);
    co_await server.send("behind it", compression::always);
    const auto next = co_await client.receive();
    REQUIRE(next);
    CHECK(next->text() == "behind it");
  }(both.server, both.client));
}

TEST_CASE("other senders wait until a message in pieces is finished, in their order") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  support::run(context, [](asio::io_context& on, session& server, io::byte_stream& wire) -> task<void> {
    auto message = co_await server.start_message(opcode::binary);
    const auto say = [](session& to, std::string text) -> task<void> { co_await to.send(text); };
    support::spawn(on, say(server, "a"));
    support::spawn(on, say(server, "b"));
    co_await message.write("1");
    co_await expect_wire(wire, octets("02 01") + "1");
    co_await message.write("2");
    co_await message.finish();
    co_await expect_wire(wire, octets("00 01") + "2" + octets("80 00 81 01") + "a" + octets("81 01") + "b");
  }(context, *both.server, *both.wire));
}

TEST_CASE("a message that is given up ends the session, unless nothing of it was sent") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  support::run(context, [](session& server, io::byte_stream& wire) -> task<void> {
    {
      auto unused = co_await server.start_message(opcode::text);
    }
    co_await server.send("x");
    co_await expect_wire(wire, octets("81 01") + "x");
    {
      auto given_up = co_await server.start_message(opcode::text);
      co_await given_up.write("half");
    }
    co_await expect_wire(wire, octets("01 04") + "half" + octets("88 02 03 f3"));
  }(*both.server, *both.wire));
}

TEST_CASE("a piece of text may end within a code point, the message may not") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  support::run(context, [](session& server, io::byte_stream& wire) -> task<void> {
    auto message = co_await server.start_message(opcode::text);
    co_await message.write("\xe2\x82");
    const auto early = co_await support::error_of(message.finish());
    CHECK(early == errc::argument_invalid);
    const auto wrong = co_await support::error_of(message.write("x"));
    CHECK(wrong == errc::argument_invalid);
    co_await message.write("\xac");
    co_await message.finish();
    co_await expect_wire(wire, octets("01 02 e2 82 00 01 ac 80 00"));
  }(*both.server, *both.wire));
}

TEST_CASE("a message in pieces waits for a slow peer, and ends with its session") {
  asio::io_context context{1};
  session_options options;
  options.high_water_mark = 1000;
  support::server_and_wire both{context, options, 1000};
  std::error_code error;
  bool ended = false;
  const auto write_forever = [](session& server) -> task<void> {
    auto message = co_await server.start_message(opcode::binary);
    const std::string piece(500, 'x');
    while (true) co_await message.write(piece);
  };
  support::spawn(context, support::store_error(write_forever(*both.server), error, ended));
  context.restart();
  context.poll();
  CHECK_FALSE(ended);
  CHECK(both.server->buffered() < 2000);
  both.server->abort();
  support::poll_until(context, [&] { return ended; });
  CHECK(error == errc::closed);
}

// --- Many receivers ------------------------------------------------------------------------------

TEST_CASE("a prepared message is compressed once for 1000 receivers") {
  constexpr std::size_t receivers = 1000;
  constexpr std::size_t looked_at = 10;  // a context that is taken over is large
  for (const bool forgets : {false, true}) {
    CAPTURE(forgets);
    asio::io_context context{1};
    protocol::deflate_parameters agreed;
    agreed.server_no_context_takeover = forgets;
    std::vector<std::unique_ptr<compressed_pair>> all;
    for (std::size_t i = 0; i < receivers; ++i)
      all.push_back(std::make_unique<compressed_pair>(context, agreed));
    const std::string text = text_of_size(5000);
    const prepared_message message{text};
    support::run(context,
                 [](auto& pairs, const prepared_message& prepared, std::string expected) -> task<void> {
                   for (std::size_t i = 0; i < pairs.size(); ++i) {
                     session& server = pairs[i]->server;
                     session& client = pairs[i]->client;
        // What comes before and behind it is not disturbed by it.
                     if (i < looked_at) co_await server.send(expected);
                     co_await server.send(prepared);
                     if (i < looked_at) co_await server.send(expected);
                     for (int left = i < looked_at ? 3 : 1; left != 0; --left) {
                       const auto received = co_await client.receive();
                       REQUIRE(received);
                       CHECK(received->text() == expected);
                     }
                   }
                 }(all, message, text));
    CHECK(message.times_compressed() == 1);
  }
}
