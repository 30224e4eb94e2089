// Deadlines: keepalive, idleness, slow peers.
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

namespace {

struct outcome {
  std::error_code error;
  bool ended = false;
};

}  // namespace

TEST_CASE("a silent peer is pinged, and dropped when it stays silent") {
  asio::io_context context{1};
  session_options options;
  options.keepalive = {duration{20}, duration{20}};
  support::server_and_wire both{context, options};
  outcome result;
  support::spawn(context, support::store_error(support::echo(*both.server), result.error, result.ended));
  support::run(context, [](io::byte_stream& wire) -> task<void> {
    const std::string ping = co_await read_octets(wire, 2);
    CHECK(ping[0] == '\x89');
  }(*both.wire));
  support::poll_until(context, [&] { return result.ended; });
  CHECK(result.error == errc::ping_timeout);
  CHECK(result.error == condition::timeout);
}

TEST_CASE("a peer that answers pings stays, and its round trip is known") {
  asio::io_context context{1};
  session_options options;
  options.keepalive = {duration{10}, no_timeout};
  support::session_pair both{context, options};
  support::spawn(context, support::echo(both.server));
  support::spawn(context, support::echo(both.client));
  support::poll_until(context, [&] { return both.server.latency().has_value(); });
  CHECK(both.server.is_open());
}

TEST_CASE("a peer that answers pings stays although nobody receives") {
  asio::io_context context{1};
  session_options options;
  options.keepalive = {duration{20}, duration{5000}};
  support::server_and_wire both{context, options};
  support::run(context, [](io::byte_stream& wire) -> task<void> {
    for (int i = 0; i < 5; ++i) {
      const std::string head = co_await read_octets(wire, 2);
      REQUIRE(head[0] == '\x89');
      const std::string payload = co_await read_octets(wire, static_cast<std::size_t>(head[1]));
      co_await wire.write(client_frame(0x8a, payload));
    }
    co_await wire.write(client_frame(0x81, "kept"));
  }(*both.wire));
  CHECK(both.server->is_open());
  support::run(context, [](session& server) -> task<void> {
    const auto received = co_await server.receive();
    REQUIRE(received);
    CHECK(received->text() == "kept");
  }(*both.server));
}

TEST_CASE("input that the watchdog looked into stays whole when others read") {
  asio::io_context context{1};
  session_options options;
  options.keepalive = {duration{10}, duration{1000}};
  support::server_and_wire both{context, options};
  support::server_and_wire other{context};
  std::string burst;
  for (int i = 0; i < 20; ++i) burst += client_frame(0x81, "message " + std::to_string(i));
  support::run(context, both.wire->write(burst));
  support::run(context, [](session& server) -> task<void> {
    const auto first = co_await server.receive();  // the rest lies in the thread's buffer
    REQUIRE(first);
  }(*both.server));
  support::run(context, [](io::byte_stream& wire) -> task<void> {
    const std::string ping = co_await read_octets(wire, 2);  // so the watchdog has looked
    CHECK(ping[0] == '\x89');
  }(*both.wire));
  const std::string burst_for_other = client_frame(0x81, "other");
  support::run(context, other.wire->write(burst_for_other));
  support::run(context, [](session& server) -> task<void> {
    const auto received = co_await server.receive();
    REQUIRE(received);
  }(*other.server));
  support::run(context, [](session& server) -> task<void> {
    for (int i = 1; i < 20; ++i) {
      const auto received = co_await server.receive();
      REQUIRE(received);
      CHECK(received->text() == "message " + std::to_string(i));
    }
  }(*both.server));
}

TEST_CASE("a session that only sends is not idle") {
  asio::io_context context{1};
  session_options options;
  options.timeouts.idle = duration{1000};
  options.keepalive = {duration{100}, no_timeout};  // its pings are the clock of this test
  support::server_and_wire both{context, options};
  support::spawn(context, support::echo(*both.server));
  support::run(context, [](session& server, io::byte_stream& wire) -> task<void> {
    for (int i = 0; i < 15; ++i) {
      const std::string head = co_await read_octets(wire, 2);
      REQUIRE(head[0] == '\x89');
      const std::string payload = co_await read_octets(wire, static_cast<std::size_t>(head[1]));
      co_await wire.write(client_frame(0x8a, payload));
      co_await server.send("x");
      const std::string frame = co_await read_octets(wire, 3);
      CHECK(frame == octets("81 01") + "x");
    }
  }(*both.server, *both.wire));
  CHECK(both.server->is_open());
}

TEST_CASE("a session without messages is closed with 1001 after the idle timeout") {
  asio::io_context context{1};
  session_options options;
  options.timeouts.idle = duration{20};
  support::server_and_wire both{context, options};
  outcome result;
  support::spawn(context, support::store_error(support::echo(*both.server), result.error, result.ended));
  support::run(context, [](io::byte_stream& wire) -> task<void> {
    const std::string close = co_await read_octets(wire, 4);
    CHECK(close.substr(2) == octets("03 e9"));
    co_await wire.write(client_frame(0x88, octets("03 e9")));
  }(*both.wire));
  support::poll_until(context, [&] { return result.ended; });
  CHECK_FALSE(result.error);
  CHECK(both.server->was_clean());
}

TEST_CASE("a peer that takes no byte for the send timeout is dropped") {
  asio::io_context context{1};
  session_options options;
  options.timeouts.send = duration{20};
  support::server_and_wire both{context, options, 100};
  outcome result;
  support::spawn(context, support::store_error(support::echo(*both.server), result.error, result.ended));
  support::run(context, both.server->send(std::string(1000, 's')));
  support::poll_until(context, [&] { return result.ended; });
  CHECK(result.error == errc::send_timeout);
}
