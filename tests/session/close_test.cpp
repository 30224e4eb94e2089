// The closing handshake, from either side, and how TCP ends behind it.
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <string>

#include "support/catch.hpp"
#include "support/echo.hpp"
#include "support/raw_peer.hpp"
#include "support/run.hpp"
#include "support/session_pair.hpp"

using namespace websock;
using support::client_frame;
using support::octets;
using support::read_octets;
using support::read_to_end;

namespace {

task<void> serve(session& server, std::error_code& error) {
  try {
    co_await support::echo(server);
  } catch (const std::system_error& thrown) {
    error = thrown.code();
  }
  co_await server.close();
}

session_options hasty() {
  session_options options;
  options.timeouts.close = duration{100};
  return options;
}

}  // namespace

TEST_CASE("the recorded Close of case 7.3.4 is answered in kind, and then TCP ends in order") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  std::error_code error;
  support::spawn(context, serve(*both.server, error));
  support::run(context, [](io::byte_stream& wire) -> task<void> {
    co_await wire.write(octets("88 8e 0b f2 50 a0 08 1a 18 c5 67 9e 3f 80 5c 9d 22 cc 6f d3"));
    const std::string answer = co_await read_to_end(wire);
    CHECK(answer == octets("88 0e 03 e8") + "Hello World!");
  }(*both.wire));
  CHECK(both.server->was_clean());
  CHECK(both.server->peer_close()->code == close_code::normal_closure);
  CHECK(both.server->peer_close()->reason == "Hello World!");
  CHECK_FALSE(error);
}

TEST_CASE("an empty Close frame is answered with an empty one") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  std::error_code error;
  support::spawn(context, serve(*both.server, error));
  support::run(context, [](io::byte_stream& wire) -> task<void> {
    co_await wire.write(client_frame(0x88, ""));
    const std::string answer = co_await read_to_end(wire);
    CHECK(answer == octets("88 00"));
  }(*both.wire));
  CHECK_FALSE(both.server->peer_close()->code);
}

TEST_CASE("what was sent before a close is on the wire before the Close frame") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  support::spawn(context, [](session& server) -> task<void> {
    for (int i = 0; i < 3; ++i)
      co_await server.send(std::string_view{"abc"}.substr(static_cast<std::size_t>(i), 1));
    co_await server.close(close_code::going_away, "bye");
  }(*both.server));
  support::run(context, [](io::byte_stream& wire) -> task<void> {
    const std::string all = co_await read_octets(wire, 3 + 3 + 3 + 7);
    CHECK(all == octets("81 01") + "a" + octets("81 01") + "b" + octets("81 01") + "c" +
                     octets("88 05 03 e9") + "bye");
    co_await wire.write(client_frame(0x88, octets("03 e9")));
    const std::string rest = co_await read_to_end(wire);
    CHECK(rest.empty());
  }(*both.wire));
  CHECK(both.server->was_clean());
}

TEST_CASE("the server ends TCP first, and reads to the client's end before it closes") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  std::error_code error;
  support::spawn(context, serve(*both.server, error));
  support::run(context, [](io::byte_stream& wire, session& server) -> task<void> {
    co_await wire.write(client_frame(0x88, octets("03 e8")));
    const std::string answer = co_await read_to_end(wire);  // the server's FIN came, ours has not gone
    CHECK(answer == octets("88 02 03 e8"));
    CHECK(server.was_clean());
    co_await wire.write("late octets that would make a close() a reset");
  }(*both.wire, *both.server));
  CHECK(both.wire->is_open());
}

TEST_CASE("both sides may close at the same time") {
  asio::io_context context{1};
  support::session_pair both{context};
  bool server_closed = false;
  support::spawn(context, [](session& server, bool& closed) -> task<void> {
    co_await server.close(static_cast<close_code>(3000), "server");
    closed = true;
  }(both.server, server_closed));
  support::run(context, both.client.close(static_cast<close_code>(4999), "client"));
  support::poll_until(context, [&] { return server_closed; });
  CHECK(both.server.was_clean());
  CHECK(both.client.was_clean());
  CHECK(both.server.peer_close()->reason == "client");
  CHECK(both.client.peer_close()->code == static_cast<close_code>(3000));
}

TEST_CASE("either side's code and reason reach the other, for every code that may be sent") {
  for (const int number :
       {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999}) {
    for (const bool by_client : {true, false}) {
      asio::io_context context{1};
      support::session_pair both{context};
      const auto code = static_cast<close_code>(number);
      session& first = by_client ? both.client : both.server;
      session& second = by_client ? both.server : both.client;
      std::error_code error;
      support::spawn(context, serve(second, error));
      support::run(context, first.close(code, "why"));
      CHECK_FALSE(error);
      CHECK(second.peer_close()->code == code);
      CHECK(second.peer_close()->reason == "why");
      CHECK(first.peer_close()->code == code);
    }
  }
}

TEST_CASE("codes and reasons that may not be sent are refused") {
  asio::io_context context{1};
  support::session_pair both{context};
  for (const int number : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535}) {
    CHECK_THROWS_AS(both.client.start_close(static_cast<close_code>(number)), std::system_error);
  }
  CHECK_THROWS_AS(both.client.start_close(close_code::normal_closure, std::string(124, 'x')),
                  std::system_error);
  CHECK_THROWS_AS(both.client.start_close(close_code::normal_closure, "\xff"), std::system_error);
  CHECK(both.client.is_open());
}

TEST_CASE("a violation is answered with its Close code, then FIN, and the handler learns which it was") {
  struct violation {
    const char* name;
    std::string input;
    std::string answer;
    errc error;
  };
  const std::vector<violation> all{
      {"a reserved bit", client_frame(0xc1, "x"), octets("88 02 03 ea"), errc::reserved_bits_set},
      {"not masked", octets("81 01 78"), octets("88 02 03 ea"), errc::unmasked_frame},
      {"bad UTF-8", client_frame(0x81, "\xff"), octets("88 02 03 ef"), errc::invalid_utf8},
      {"a bad close code", client_frame(0x88, octets("03 ec")), octets("88 02 03 ea"),
       errc::close_code_invalid},
  };
  for (const violation& one : all) {
    INFO(one.name);
    asio::io_context context{1};
    support::server_and_wire both{context};
    std::error_code error;
    support::spawn(context, serve(*both.server, error));
    support::run(context, [](io::byte_stream& wire, const violation& what) -> task<void> {
      co_await wire.write(what.input);
      const std::string answer = co_await read_to_end(wire);
      CHECK(answer == what.answer);
    }(*both.wire, one));
    CHECK(error == one.error);
    CHECK_FALSE(both.server->was_clean());
  }
}

TEST_CASE("what came before a violation is delivered before it is reported") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  std::error_code error;
  support::spawn(context, serve(*both.server, error));
  support::run(context, [](io::byte_stream& wire) -> task<void> {
    co_await wire.write(client_frame(0x81, "good") + client_frame(0x83, "bad"));
    const std::string answer = co_await read_to_end(wire);
    CHECK(answer == octets("81 04") + "good" + octets("88 02 03 ea"));
  }(*both.wire));
  CHECK(error == errc::reserved_opcode);
}

TEST_CASE("a peer that never answers our Close is dropped after the close timeout") {
  asio::io_context context{1};
  support::server_and_wire both{context, hasty()};
  support::run(context, both.server->close(close_code::going_away));
  CHECK_FALSE(both.server->was_clean());
  CHECK_FALSE(both.server->is_open());
}

TEST_CASE("a peer that answers our Close and never ends TCP is dropped after the close timeout") {
  asio::io_context context{1};
  support::server_and_wire both{context, hasty()};
  support::spawn(context, [](io::byte_stream& wire) -> task<void> {
    co_await wire.write(client_frame(0x88, octets("03 e8")));
  }(*both.wire));
  support::run(context, both.server->close());
  CHECK(both.server->was_clean());
}

TEST_CASE("a peer that never stops sending is dropped after the close timeout, too") {
  asio::io_context context{1};
  support::server_and_wire both{context, hasty()};
  both.account->endless_input = true;
  std::error_code error;
  support::run(context, serve(*both.server, error));
  CHECK(error == condition::protocol_violation);
  CHECK_FALSE(both.server->is_open());
}

TEST_CASE("a receive under way learns of the close timeout") {
  asio::io_context context{1};
  support::server_and_wire both{context, hasty()};
  std::error_code error;
  bool ended = false;
  support::spawn(context, support::store_error(support::echo(*both.server), error, ended));
  context.poll();
  both.server->start_close(close_code::going_away);
  support::poll_until(context, [&] { return ended; });
  CHECK(error == errc::close_timeout);
}

TEST_CASE("a stream that ends without a Close frame is a lost connection") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  std::error_code error;
  bool ended = false;
  support::spawn(context, support::store_error(support::echo(*both.server), error, ended));
  both.wire->close();
  support::poll_until(context, [&] { return ended; });
  CHECK(error == errc::connection_lost);
  CHECK(error == condition::disconnected);
}

TEST_CASE("abort wakes who waits with errc::closed") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  std::error_code error;
  bool ended = false;
  support::spawn(context, support::store_error(support::echo(*both.server), error, ended));
  context.poll();
  both.server->abort();
  support::poll_until(context, [&] { return ended; });
  CHECK(error == errc::closed);
}

TEST_CASE("destroying a session wakes who waits in it") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  std::error_code error;
  bool ended = false;
  support::spawn(context, support::store_error(support::echo(*both.server), error, ended));
  context.poll();
  both.server.reset();
  support::poll_until(context, [&] { return ended; });
  CHECK(error == errc::closed);
}

TEST_CASE("after the end, receive has nothing, send says closed, and close is done at once") {
  asio::io_context context{1};
  support::session_pair both{context};
  std::error_code error;
  support::spawn(context, serve(both.server, error));
  support::run(context, [](session& client) -> task<void> {
    co_await client.close();
    const auto nothing = co_await client.receive();
    CHECK_FALSE(nothing);
    const auto closed = co_await support::error_of(client.send("late"));
    CHECK(closed == errc::closed);
    co_await client.close();
  }(both.client));
}

TEST_CASE("messages that cross our Close are dropped by close, and delivered to who receives") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  std::vector<std::string> seen;
  bool ended = false;
  support::spawn(context, [](session& server, std::vector<std::string>& into, bool& over) -> task<void> {
    while (auto received = co_await server.receive()) into.emplace_back(received->text());
    over = true;
  }(*both.server, seen, ended));
  context.poll();
  both.server->start_close(close_code::going_away);
  support::run(context, [](io::byte_stream& wire) -> task<void> {
    const std::string close = co_await read_octets(wire, 4);
    CHECK(close == octets("88 02 03 e9"));
    co_await wire.write(client_frame(0x81, "crossed") + client_frame(0x88, octets("03 e9")));
  }(*both.wire));
  support::poll_until(context, [&] { return ended; });
  CHECK(seen == std::vector<std::string>{"crossed"});
}

TEST_CASE("a receive goes on when the close that it waited for is cancelled") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  asio::cancellation_signal cancel;
  std::error_code error;
  bool ended = false;
  asio::co_spawn(context, support::store_error(both.server->close(), error, ended),
                 asio::bind_cancellation_slot(cancel.slot(), asio::detached));
  context.poll();
  std::vector<std::string> seen;
  bool over = false;
  support::spawn(context, [](session& server, std::vector<std::string>& into, bool& done) -> task<void> {
    while (auto received = co_await server.receive()) into.emplace_back(received->text());
    done = true;
  }(*both.server, seen, over));
  context.restart();
  context.poll();
  cancel.emit(asio::cancellation_type::terminal);
  support::poll_until(context, [&] { return ended; });
  CHECK(error == asio::error::operation_aborted);
  const std::string rest = client_frame(0x81, "crossed") + client_frame(0x88, octets("03 e8"));
  support::spawn(context, both.wire->write(rest));
  support::poll_until(context, [&] { return over; });
  CHECK(seen == std::vector<std::string>{"crossed"});
}

TEST_CASE("a receive that comes while close reads waits for the end") {
  asio::io_context context{1};
  support::server_and_wire both{context};
  bool closed = false;
  support::spawn(context, [](session& server, bool& over) -> task<void> {
    co_await server.close();
    over = true;
  }(*both.server, closed));
  context.poll();
  support::spawn(context, [](io::byte_stream& wire) -> task<void> {
    co_await wire.write(client_frame(0x81, "dropped") + client_frame(0x88, octets("03 e8")));
    const std::string rest = co_await read_to_end(wire);
    wire.close();
  }(*both.wire));
  support::run(context, [](session& server) -> task<void> {
    const auto nothing = co_await server.receive();
    CHECK_FALSE(nothing);
  }(*both.server));
  support::poll_until(context, [&] { return closed; });
}
