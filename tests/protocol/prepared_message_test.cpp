// One message for many receivers.
#include "websock/protocol/prepared_message.hpp"

#include <memory>
#include <thread>

#include "protocol/harness.hpp"
#include "protocol/zlib_peer.hpp"

namespace websock::protocol::testing {
namespace {

using lines = std::vector<std::string>;

std::string news(std::size_t size) {
  std::string result;
  for (unsigned i = 0; result.size() < size; ++i) result += "{\"id\": " + std::to_string(i * 7919) + "}, ";
  result.resize(size);
  return result;
}

// An endpoint, and the one that reads what it sends.
struct link {
  explicit link(role ours, const deflate_parameters& agreed = {}, const deflate_options& options = {})
      : from{ours, {}}, to{ours == role::server ? role::client : role::server} {
    REQUIRE(!from.enable_deflate(agreed, options));
    REQUIRE(!to.endpoint.enable_deflate(agreed, options));
  }

  // The line of the log, and how many octets that took.
  std::string deliver() {
    wire = std::string{as_text(from.output())};
    from.consume_output(wire.size());
    to.log.clear();
    to.feed(wire);
    REQUIRE(to.log.size() == 1);
    return to.log.front();
  }

  connection from;
  recorder to;
  std::string wire;
};

TEST_CASE("A prepared message is compressed once for a thousand receivers", "[deflate]") {
  const std::string content = news(5000);
  const prepared_message message{content};
  std::string wire;
  for (int i = 0; i < 1000; ++i) {
    connection server{role::server, {}};
    REQUIRE(!server.enable_deflate({.server_no_context_takeover = i % 2 == 0}, {}));
    REQUIRE(!server.send(message));
    if (i == 0) wire = as_text(server.output());
    REQUIRE(as_text(server.output()) == wire);
  }
  REQUIRE(wire.size() < content.size() / 3);
  REQUIRE(message.times_compressed() == 1);
}

TEST_CASE("A prepared message is compressed anew for other window bits, levels and memory levels",
          "[deflate]") {
  const std::string content = news(5000);
  const prepared_message message{content};
  const prepared_message copy = message;
  for (int round = 0; round < 2; ++round) {
    for (const deflate_options& options : {deflate_options{}, {.level = 9}, {.memory_level = 4}}) {
      for (const std::uint8_t bits : {std::uint8_t{8}, std::uint8_t{15}}) {
        for (const role role : {role::server, role::client}) {
          link one{role, {.server_max_window_bits = bits, .client_max_window_bits = bits}, options};
          REQUIRE(!one.from.send(copy));
          REQUIRE(one.deliver() == line("text", content));
        }
      }
    }
    REQUIRE(message.times_compressed() == 6);
  }
}

TEST_CASE("Prepared messages and others take turns, whatever is taken over", "[deflate]") {
  const std::string content = news(3000);
  const prepared_message message{content};
  for (const role role : {role::server, role::client}) {
    for (const bool forgets : {false, true}) {
      link one{role, {.server_no_context_takeover = forgets, .client_no_context_takeover = forgets}};
      for (int i = 0; i < 3; ++i) {
        const std::string own = news(2000 + static_cast<std::size_t>(i)) + "own";
        REQUIRE(!one.from.send(opcode::text, as_bytes(own)));
        REQUIRE(one.deliver() == line("text", own));
        if (i == 1) {  // two in a row of its own, the second with the window of the first
          REQUIRE(!one.from.send(opcode::text, as_bytes(own)));
          REQUIRE(one.deliver() == line("text", own));
          REQUIRE((one.wire.size() < 50) == !forgets);
        }
        REQUIRE(!one.from.send(message));
        REQUIRE(one.deliver() == line("text", content));
        REQUIRE(!one.from.send(message, compression::never));
        REQUIRE(one.deliver() == line("text", content));
        REQUIRE(one.wire.size() > content.size());
      }
    }
  }
}

TEST_CASE("A prepared message is sent as it is where it is not compressed", "[deflate]") {
  const std::string content = news(3000);
  const prepared_message message{content};
  connection plain{role::server, {}};
  REQUIRE(!plain.send(message, compression::always));
  REQUIRE(as_text(plain.output()) == text(content));
  REQUIRE(message.times_compressed() == 0);

  const prepared_message small{std::string_view{"small"}};
  link one{role::server};
  REQUIRE(!one.from.send(small));
  REQUIRE(one.deliver() == "text small");
  REQUIRE(one.wire == text("small"));
  REQUIRE(!one.from.send(small, compression::always));
  REQUIRE(one.deliver() == "text small");
  REQUIRE(one.wire.front() == '\xC1');

  std::string noise;
  for (unsigned i = 0; i < 1000; ++i) noise += static_cast<char>(i * i * 2654435761U >> 13U);
  const prepared_message dense{as_bytes(noise)};
  REQUIRE(!one.from.send(dense));
  REQUIRE(one.deliver() == line("binary", noise));
  REQUIRE(one.wire == binary(noise));
}

TEST_CASE("The head of a prepared message says which payload belongs behind it", "[deflate]") {
  const std::string content = news(100'000);
  const prepared_message message{content};
  for (const compression how : {compression::automatic, compression::never}) {
    link one{role::server};
    bytes_view payload;
    REQUIRE(!one.from.send_head(message, how, payload));
    REQUIRE((payload.size() < content.size()) == (how == compression::automatic));
    one.from.append_payload(payload);
    REQUIRE(one.deliver() == line("text", content));
  }
  link client{role::client};
  bytes_view payload;
  REQUIRE(client.from.send_head(message, compression::never, payload) == errc::argument_invalid);
  REQUIRE(payload.empty());
}

TEST_CASE("A prepared message waits for its turn as others do", "[deflate]") {
  const prepared_message message{std::string_view{"news"}};
  connection server{role::server, {}};
  bytes_view payload;
  REQUIRE(!server.send_fragment(opcode::text, as_bytes("a"), false));
  REQUIRE(server.send(message) == errc::argument_invalid);
  REQUIRE(server.send_head(message, compression::never, payload) == errc::argument_invalid);
  REQUIRE(!server.send_fragment(opcode::continuation, as_bytes("b"), true));
  REQUIRE(!server.close(close_code::normal_closure, {}));
  REQUIRE(server.send(message) == errc::closed);
}

TEST_CASE("A prepared message knows its content, and takes no text that is not UTF-8", "[deflate]") {
  const prepared_message words{std::string_view{"words"}};
  REQUIRE(words.kind() == opcode::text);
  REQUIRE(as_text(words.bytes()) == "words");
  const prepared_message octets{as_bytes("\xFF")};
  REQUIRE(octets.kind() == opcode::binary);
  REQUIRE(octets.size() == 1);
  REQUIRE_THROWS_AS(prepared_message{std::string_view{"\xFF"}}, std::system_error);
}

TEST_CASE("Threads share one compressed form of a prepared message", "[deflate]") {
  const std::string content = news(50'000);
  const prepared_message message{content};
  std::vector<std::thread> threads;
  std::vector<std::string> wires(4);
  for (std::string& wire : wires) {
    threads.emplace_back([copy = message, &wire] {
      connection server{role::server, {}};
      if (server.enable_deflate({}, {}) || server.send(copy)) return;
      wire = as_text(server.output());
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& wire : wires) REQUIRE(wire == wires.front());
  REQUIRE(!wires.front().empty());
  REQUIRE(message.times_compressed() == 1);
}

}  // namespace
}  // namespace websock::protocol::testing
