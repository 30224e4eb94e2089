// How much a peer may send a second. No test here waits for time to pass: what is within the burst is taken
// at once, and the rates are so low that no test lasts until the next one would be.
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

constexpr std::uint64_t burst = 20;
const rate_limit low{1, burst};

// What the handler's receive throws, after the peer has sent this and read to the end.
struct flooded {
  explicit flooded(const session_options& options, const std::string& input) {
    asio::io_context context{1};
    support::server_and_wire both{context, options};
    bool ended = false;
    support::spawn(context, support::store_error(support::echo(*both.server), error, ended));
    support::spawn(context, [](io::byte_stream& wire, const std::string& octets) -> task<void> {
      co_await wire.write(octets);
    }(*both.wire, input));
    support::run(context, [](io::byte_stream& wire, std::string& into) -> task<void> {
      into = co_await read_to_end(wire);
    }(*both.wire, answer));
    support::poll_until(context, [&] { return ended; });
    code = both.server->local_close()->code;
  }

  std::error_code error;
  std::string answer;
  std::optional<close_code> code;
};

std::string repeat(const std::string& frame, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += frame;
  return all;
}

session_options limited_messages() {
  session_options options;
  options.rates.messages = low;
  return options;
}

session_options limited_control_frames() {
  session_options options;
  options.rates.control_frames = low;
  return options;
}

const std::string policy_violation = octets("88 02 03 f0");
const std::string close_frame = client_frame(0x88, octets("03 e8"));

}  // namespace

TEST_CASE("messages within the burst are served, and the next one closes with 1008") {
  const flooded result{limited_messages(), repeat(client_frame(0x81, "m"), burst + 5)};
  CHECK(result.error == errc::message_rate_exceeded);
  CHECK(result.error == condition::limit_exceeded);
  CHECK(result.code == close_code::policy_violation);
  CHECK(result.answer == repeat(octets("81 01") + "m", burst) + policy_violation);
}

TEST_CASE("a message of several frames is one message") {
  const std::string message = client_frame(0x01, "a") + client_frame(0x00, "b") + client_frame(0x80, "c");
  const flooded within{limited_messages(), repeat(message, burst) + close_frame};
  CHECK_FALSE(within.error);
  CHECK(within.code == close_code::normal_closure);
  const flooded above{limited_messages(), repeat(message, burst + 1)};
  CHECK(above.error == errc::message_rate_exceeded);
}

TEST_CASE("messages that are whole in the input and those that are not are counted together") {
  const std::string pieces = client_frame(0x01, "a") + client_frame(0x80, "b");
  const std::string mixed = repeat(client_frame(0x82, "whole") + pieces, burst / 2);
  const flooded within{limited_messages(), mixed + close_frame};
  CHECK_FALSE(within.error);
  const flooded above{limited_messages(), mixed + client_frame(0x82, "one more")};
  CHECK(above.error == errc::message_rate_exceeded);
}

TEST_CASE("control frames are no messages, and messages no control frames") {
  const flooded pings{limited_messages(), repeat(client_frame(0x89, "p"), 10 * burst) + close_frame};
  CHECK_FALSE(pings.error);
  const flooded messages{limited_control_frames(), repeat(client_frame(0x81, "m"), 10 * burst) + close_frame};
  CHECK_FALSE(messages.error);
}

TEST_CASE("pings that come in one read are counted each, also those without a pong of their own") {
  session_options options = limited_control_frames();
  options.limits.buffered_control_frames = 1;
  const flooded within{options, repeat(client_frame(0x89, "p"), burst) + close_frame};
  CHECK_FALSE(within.error);
  const flooded above{options, repeat(client_frame(0x89, "p"), burst + 1) + client_frame(0x81, "never")};
  CHECK(above.error == errc::control_frame_rate_exceeded);
  CHECK(above.code == close_code::policy_violation);
  CHECK(above.answer.ends_with(policy_violation));
  CHECK(above.answer.find("never") == std::string::npos);
}

TEST_CASE("pongs that nobody asked for are counted with the pings") {
  const std::string both = client_frame(0x8a, "stray") + client_frame(0x89, "p");
  const flooded result{limited_control_frames(), repeat(both, burst)};
  CHECK(result.error == errc::control_frame_rate_exceeded);
}

TEST_CASE("pings between the fragments of a message are counted") {
  std::string input = client_frame(0x01, "begin");
  input += repeat(client_frame(0x89, "p") + client_frame(0x00, "x"), burst + 1) + client_frame(0x80, "end");
  const flooded result{limited_control_frames(), input};
  CHECK(result.error == errc::control_frame_rate_exceeded);
}

TEST_CASE("a close that waits for the peer counts what still comes") {
  asio::io_context context{1};
  support::server_and_wire both{context, limited_messages()};
  support::spawn(context, both.server->close());
  support::run(context, [](io::byte_stream& wire) -> task<void> {
    const std::string close = co_await read_octets(wire, 4);
    CHECK(close == octets("88 02 03 e8"));
    const std::string flood = repeat(client_frame(0x81, "m"), burst + 1);
    co_await wire.write(flood);
    const std::string rest = co_await read_to_end(wire);
    CHECK(rest.empty());  // one Close frame is all that a side sends
  }(*both.wire));
  CHECK_FALSE(both.server->was_clean());
}

TEST_CASE("without a limit nothing is counted") {
  session_options options;
  options.rates.control_frames = std::nullopt;
  const flooded result{options, repeat(client_frame(0x8a, ""), 200'000) + close_frame};
  CHECK_FALSE(result.error);
}

TEST_CASE("by default a hundred thousand pings at once are no flood, and a million are") {
  const flooded many{{}, repeat(client_frame(0x89, ""), 100'000) + close_frame};
  CHECK_FALSE(many.error);
  const flooded too_many{{}, repeat(client_frame(0x89, ""), 1'000'000)};
  CHECK(too_many.error == errc::control_frame_rate_exceeded);
}

TEST_CASE("a client counts what its server sends, too") {
  asio::io_context context{1};
  support::session_pair both{context, {}, limited_messages()};
  support::spawn(context, [](session& server) -> task<void> {
    for (std::size_t i = 0; i <= burst; ++i) co_await server.send("m");
    const auto answer = co_await server.receive();
  }(both.server));
  support::run(context, [](session& client) -> task<void> {
    for (std::size_t i = 0; i < burst; ++i) {
      const auto received = co_await client.receive();
      REQUIRE(received);
    }
    const auto error = co_await support::error_of(
        [](session& from) -> task<void> { const auto more = co_await from.receive(); }(client));
    CHECK(error == errc::message_rate_exceeded);
  }(both.client));
}
