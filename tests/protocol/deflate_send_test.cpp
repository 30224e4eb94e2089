// Compressed messages out: what is compressed, with which window, and how it lies in frames.
#include <random>

#include "protocol/harness.hpp"
#include "protocol/zlib_peer.hpp"

namespace websock::protocol::testing {
namespace {

using lines = std::vector<std::string>;

const deflate_parameters takeover{};
const deflate_parameters no_takeover{.server_no_context_takeover = true, .client_no_context_takeover = true};

std::string prose(std::size_t size) {
  std::string result;
  for (unsigned i = 0; result.size() < size; ++i)
    result += "the " + std::to_string(i * 7919 % 1000) + "th word, ";
  result.resize(size);
  return result;
}

std::string noise(std::size_t size) {
  std::mt19937 random{7};
  std::string result(size, '\0');
  for (char& octet : result) octet = static_cast<char>(random());
  return result;
}

// What is on the wire, without masks.
std::string take(connection& endpoint) {
  const std::string octets{as_text(endpoint.output())};
  endpoint.consume_output(octets.size());
  return endpoint.role() == role::client ? unmasked(octets) : octets;
}

// Of one frame without mask.
std::string_view payload_of(std::string_view frame) {
  const auto length = static_cast<unsigned char>(frame[1]);
  return frame.substr(length < 126 ? 2 : length == 126 ? 4 : 10);
}

class sender {
 public:
  explicit sender(role ours, const deflate_parameters& agreed = takeover, const deflate_options& options = {})
      : endpoint{ours, {}} {
    REQUIRE(!endpoint.enable_deflate(agreed, options));
  }

  std::string send(std::string_view payload, compression how = compression::automatic,
                   opcode kind = opcode::text) {
    REQUIRE(!endpoint.send(kind, as_bytes(payload), how));
    return take(endpoint);
  }

  connection endpoint;
};

TEST_CASE("The examples of RFC 7692 section 7.2.3 are what we send", "[deflate]") {
  for (const role role : {role::server, role::client}) {
    sender with{role, takeover};
    REQUIRE(to_hex(with.send("Hello", compression::always)) == "c107f248cdc9c90700");
    REQUIRE(to_hex(with.send("Hello", compression::always)) == "c105f200110000");
    REQUIRE(to_hex(with.send("", compression::always)) == "c10100");
    sender without{role, no_takeover};
    REQUIRE(to_hex(without.send("Hello", compression::always)) == "c107f248cdc9c90700");
    REQUIRE(to_hex(without.send("Hello", compression::always)) == "c107f248cdc9c90700");
    REQUIRE(to_hex(without.send("", compression::always)) == "c10100");
  }
}

TEST_CASE("Messages are compressed from the threshold on, or as they are asked to be", "[deflate]") {
  const std::string below = prose(99);
  const std::string from = prose(100);
  for (const role role : {role::server, role::client}) {
    sender one{role, takeover, {.threshold = 100}};
    REQUIRE(one.send(below) == text(below));
    REQUIRE(one.send(from).front() == '\xC1');
    REQUIRE(one.send(from, compression::automatic, opcode::binary).front() == '\xC2');
    REQUIRE(one.send(from, compression::never) == text(from));
    REQUIRE(one.send("a", compression::always).front() == '\xC1');
    REQUIRE(!one.endpoint.will_compress(99, compression::automatic));
    REQUIRE(one.endpoint.will_compress(100, compression::automatic));
    REQUIRE(one.endpoint.will_compress(0, compression::always));
    REQUIRE(!one.endpoint.will_compress(1000, compression::never));
  }
  connection plain{role::server, {}};
  REQUIRE(!plain.will_compress(1000, compression::always));
  REQUIRE(!plain.send(opcode::text, as_bytes(from), compression::always));
  REQUIRE(take(plain) == text(from));
}

TEST_CASE("What would not shrink is sent as it is where no context is taken over", "[deflate]") {
  const std::string content = noise(40'000);
  const std::string words = prose(500);
  for (const role role : {role::server, role::client}) {
    sender without{role, no_takeover};
    REQUIRE(without.send(content, compression::automatic, opcode::binary) == binary(content));
    REQUIRE(without.send(content, compression::always, opcode::binary).front() == '\xC2');
    REQUIRE(without.send(words).size() < words.size());

    sender with{role, takeover};
    const std::string grown = with.send(content, compression::automatic, opcode::binary);
    REQUIRE(grown.front() == '\xC2');
    REQUIRE(grown.size() <= content.size() + 10 + 5 * (content.size() / 16'000));
    const std::string again = with.send(content.substr(30'000), compression::automatic, opcode::binary);
    REQUIRE(again.size() < 300);  // the window has it
  }
}

TEST_CASE("The head fits its payload, also where the payload grew into a longer form", "[deflate]") {
  for (const std::size_t size :
       {119U, 120U, 121U, 124U, 125U, 126U, 65'500U, 65'510U, 65'535U, 65'536U, 70'000U}) {
    for (const role role : {role::server, role::client}) {
      for (const std::string& content : {noise(size), prose(size)}) {
        sender from{role};
        recorder to{role == role::server ? role::client : role::server};
        REQUIRE(!to.endpoint.enable_deflate(takeover, {}));
        REQUIRE(!from.endpoint.ping(as_bytes("before")));
        REQUIRE(!from.endpoint.send(opcode::binary, as_bytes(content), compression::always));
        REQUIRE(!from.endpoint.ping(as_bytes("behind")));
        to.feed(as_text(from.endpoint.output()));
        to.log.erase(std::remove_if(to.log.begin(), to.log.end(),
                                    [](const std::string& one) { return one.starts_with("out"); }),
                     to.log.end());
        REQUIRE(to.log == lines{"ping before", line("binary", content), "ping behind"});
      }
    }
  }
}

TEST_CASE("Every fragment can be read at once, and only the last lacks its tail", "[deflate]") {
  for (const role role : {role::server, role::client}) {
    for (const deflate_parameters& agreed : {takeover, no_takeover}) {
      sender from{role, agreed};
      zlib_inflater peer;
      for (int i = 0; i < 2; ++i) {
        const auto fragment = [&](opcode kind, std::string_view content, bool fin) {
          REQUIRE(!from.endpoint.send_fragment(kind, as_bytes(content), fin, compression::always));
          return take(from.endpoint);
        };
        const std::string one = fragment(opcode::text, "one, ", false);
        REQUIRE(one.front() == '\x41');
        REQUIRE(peer.add(payload_of(one)) == "one, ");
        const std::string none = fragment(opcode::continuation, "", false);
        REQUIRE(to_hex(none) == "0000");
        const std::string two = fragment(opcode::continuation, "two, ", false);
        REQUIRE(two.front() == '\0');
        REQUIRE(peer.add(payload_of(two)) == "two, ");
        if (i == 0) {
          const std::string end = fragment(opcode::continuation, "three", true);
          REQUIRE(end.front() == '\x80');
          REQUIRE(peer.message(payload_of(end)) == "three");
        } else {
          const std::string end = fragment(opcode::continuation, "", true);
          REQUIRE(to_hex(end) == "800100");
          REQUIRE(peer.message(payload_of(end)).empty());
        }
        if (agreed == no_takeover) peer.reset();
      }
    }
  }
}

TEST_CASE("The first fragment decides for its message", "[deflate]") {
  sender server{role::server};
  connection& endpoint = server.endpoint;
  const std::string words = prose(1000);
  REQUIRE(!endpoint.send_fragment(opcode::text, as_bytes("small"), false));
  REQUIRE(!endpoint.send_fragment(opcode::continuation, as_bytes(words), true, compression::always));
  REQUIRE(take(endpoint) == first_text("small") + last(words));
  REQUIRE(!endpoint.send_fragment(opcode::text, as_bytes(words), false));
  REQUIRE(take(endpoint).front() == '\x41');
  REQUIRE(!endpoint.send_fragment(opcode::continuation, as_bytes("x"), true, compression::never));
  REQUIRE(take(endpoint).size() < 10);
  REQUIRE(server.send("plain again") == text("plain again"));
}

TEST_CASE("control_frames_are_never_compressed", "[deflate][attack]") {
  const std::string payload(125, 'p');
  for (const role role : {role::server, role::client}) {
    sender one{role, takeover, {.threshold = 0}};
    REQUIRE(!one.endpoint.ping(as_bytes(payload)));
    REQUIRE(take(one.endpoint) == ping(payload));
    REQUIRE(!one.endpoint.pong(as_bytes(payload)));
    REQUIRE(take(one.endpoint) == pong(payload));
    const std::string in = role == role::server ? masked(ping(payload)) : ping(payload);
    bytes_view input = as_bytes(in);
    REQUIRE(one.endpoint.next(input).what == event::kind::ping);
    REQUIRE(take(one.endpoint) == pong(payload));
    REQUIRE(!one.endpoint.close(close_code::normal_closure, payload.substr(2)));
    REQUIRE(take(one.endpoint) == close(1000, payload.substr(2)));
  }
}

TEST_CASE("pong_inside_a_compressed_message", "[deflate][attack]") {
  for (const role role : {role::server, role::client}) {
    recorder one{role};
    REQUIRE(!one.endpoint.enable_deflate(takeover, {}));
    const auto as_received = [&](const std::string& frames) {
      return role == role::server ? masked(frames) : frames;
    };
    // Out: a pong that is owed in the middle of a message that we send in fragments.
    REQUIRE(!one.endpoint.send_fragment(opcode::text, as_bytes("Hel"), false, compression::always));
    one.feed(as_received(ping("now")));
    REQUIRE(!one.endpoint.send_fragment(opcode::continuation, as_bytes("lo"), true));
    one.drain();
    const std::string out = hex(one.log[0].substr(4) + one.log[2].substr(4));
    REQUIRE(out.find(pong("now")) != std::string::npos);
    recorder peer{role == role::server ? role::client : role::server};
    REQUIRE(!peer.endpoint.enable_deflate(takeover, {}));
    peer.feed(role == role::server ? out : masked(out));
    REQUIRE(peer.log == lines{"pong now", "text Hello"});
    // In: one in the middle of a message that arrives.
    one.log.clear();
    one.feed(as_received(hex("41 03 f2 48 cd") + pong("p") + hex("80 04 c9 c9 07 00")));
    REQUIRE(one.log == lines{"pong p", "text Hello"});
  }
}

TEST_CASE("A peer with the agreed window reads all that we send", "[deflate]") {
  const std::string content = prose(3000) + noise(700) + prose(40'000) + noise(300) + prose(900);
  for (std::uint8_t bits = 8; bits <= 15; ++bits) {
    for (const int level : {1, 4, 6, 9}) {
      for (const role role : {role::server, role::client}) {
        const std::uint8_t other = bits == 15 ? 8 : 15;
        const bool is_server = role == role::server;
        sender from{role,
                    {.server_max_window_bits = is_server ? bits : other,
                     .client_max_window_bits = is_server ? other : bits},
                    {.level = level, .memory_level = 10 - level}};
        zlib_inflater peer{bits};
        for (std::size_t at = 0; at < content.size(); at += 9000) {
          const std::string_view piece = std::string_view{content}.substr(at, 9000);
          const std::string sent = from.send(piece, compression::always, opcode::binary);
          REQUIRE(peer.message(payload_of(sent)) == piece);
        }
      }
    }
  }
}

TEST_CASE("Nothing is sent with parameters that zlib does not know", "[deflate]") {
  connection endpoint{role::server, {}};
  REQUIRE(endpoint.enable_deflate({.server_max_window_bits = 7}, {}) == errc::argument_invalid);
  REQUIRE(endpoint.enable_deflate({.client_max_window_bits = 16}, {}) == errc::argument_invalid);
  REQUIRE(endpoint.enable_deflate({}, {.level = 0}) == errc::argument_invalid);
  REQUIRE(endpoint.enable_deflate({}, {.level = 10}) == errc::argument_invalid);
  REQUIRE(endpoint.enable_deflate({}, {.memory_level = 0}) == errc::argument_invalid);
  REQUIRE(endpoint.enable_deflate({}, {.memory_level = 10}) == errc::argument_invalid);
  REQUIRE(!endpoint.will_compress(1000, compression::always));
}

}  // namespace
}  // namespace websock::protocol::testing
