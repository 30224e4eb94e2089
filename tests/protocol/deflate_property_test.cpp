// Random conversations with permessage-deflate and fixed seeds: whoever compresses, however it is fragmented and
// split, what arrives is what was sent.
#include <algorithm>
#include <random>

#include "protocol/harness.hpp"
#include "protocol/zlib_peer.hpp"

namespace websock::protocol::testing {
namespace {

class dice {
 public:
  explicit dice(unsigned seed) : random_{seed} {}

  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>{0, bound - 1}(random_);
  }
  bool one_in(std::size_t bound) { return below(bound) == 0; }

  // Words that come again, so that there is something to find in the window, and noise that does not.
  std::string payload(bool is_text) {
    static const std::vector<std::string> words{"a", "é€", "{\"name\": ", "日本", "websocket ", "0, 0, 0, "};
    constexpr std::size_t sizes[] = {1, 2, 20, 130, 3000, 20'000, 70'000};
    const std::size_t size = below(sizes[below(std::size(sizes))]);
    const bool is_noise = !is_text && one_in(3);
    std::string result;
    while (result.size() < size) {
      result += is_noise ? std::string(1, static_cast<char>(below(256))) : words[below(words.size())];
    }
    return result;
  }

 private:
  std::mt19937 random_;
};

deflate_parameters some_parameters(dice& random) {
  deflate_parameters agreed;
  agreed.server_no_context_takeover = random.one_in(2);
  agreed.client_no_context_takeover = random.one_in(2);
  agreed.server_max_window_bits = static_cast<std::uint8_t>(8 + random.below(8));
  agreed.client_max_window_bits = static_cast<std::uint8_t>(8 + random.below(8));
  return agreed;
}

std::string shown(const deflate_parameters& agreed) {
  return "server " + std::to_string(agreed.server_max_window_bits) +
         (agreed.server_no_context_takeover ? " forgets" : "") + ", client " +
         std::to_string(agreed.client_max_window_bits) +
         (agreed.client_no_context_takeover ? " forgets" : "");
}

// In pieces of up to `largest` octets.
void feed(recorder& receiver, std::string_view octets, std::size_t largest, dice& random) {
  while (!octets.empty()) {
    const std::size_t size = std::min(octets.size(), 1 + random.below(largest));
    receiver.feed(octets.substr(0, size), random.one_in(2));
    octets.remove_prefix(size);
  }
}

bool is_output(const std::string& line) { return line.starts_with("out"); }

compression some_compression(dice& random) {
  constexpr compression all[] = {compression::automatic, compression::always, compression::never};
  return all[random.below(3)];
}

// One message, whole or in fragments with pings between them; adds what the peer must see.
void send_message(connection& from, dice& random, std::vector<std::string>& expected) {
  const bool is_text = random.one_in(2);
  const std::string content = random.payload(is_text);
  opcode kind = is_text ? opcode::text : opcode::binary;
  const compression how = some_compression(random);
  std::string_view rest = content;
  if (random.one_in(2)) {
    REQUIRE(!from.send(kind, as_bytes(content), how));
  } else {
    for (std::size_t i = random.below(6); i != 0; --i) {
      const std::size_t size = random.below(rest.size() + 1);
      REQUIRE(!from.send_fragment(kind, as_bytes(rest.substr(0, size)), false, how));
      rest.remove_prefix(size);
      kind = opcode::continuation;
      if (!random.one_in(3)) continue;
      REQUIRE(!from.pong(as_bytes("between")));
      expected.push_back("pong between");
    }
    REQUIRE(!from.send_fragment(kind, as_bytes(rest), true, how));
  }
  expected.push_back(line(is_text ? "text" : "binary", content));
}

TEST_CASE("What one endpoint compresses the other reads", "[deflate][property]") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    dice random{seed};
    const deflate_parameters agreed = some_parameters(random);
    INFO("seed " << seed << ": " << shown(agreed));
    recorder server{role::server};
    recorder client{role::client};
    const deflate_options options{.level = static_cast<int>(1 + random.below(9)),
                                  .memory_level = static_cast<int>(1 + random.below(9)),
                                  .threshold = random.below(300)};
    REQUIRE(!server.endpoint.enable_deflate(agreed, options));
    REQUIRE(!client.endpoint.enable_deflate(agreed, options));
    for (int turn = 0; turn < 12; ++turn) {
      recorder& from = random.one_in(2) ? server : client;
      recorder& to = &from == &server ? client : server;
      std::vector<std::string> expected;
      for (std::size_t i = random.below(4); i != 0; --i) send_message(from.endpoint, random, expected);
      const std::string wire{as_text(from.endpoint.output())};
      from.endpoint.consume_output(wire.size());
      constexpr std::size_t pieces[] = {1, 7, 200, 9000, 1'000'000};
      const std::size_t largest = pieces[random.below(std::size(pieces))];
      feed(to, wire, wire.size() > 50'000 ? std::max<std::size_t>(largest, 200) : largest, random);
      std::erase_if(to.log, is_output);
      REQUIRE(to.log == expected);
      to.log.clear();
    }
  }
}

TEST_CASE("What zlib compresses, in any way that it knows, we read", "[deflate][property]") {
  constexpr int flushes[] = {Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_BLOCK};
  for (unsigned seed = 1; seed <= 60; ++seed) {
    dice random{seed};
    const role ours = random.one_in(2) ? role::server : role::client;
    const int bits = static_cast<int>(9 + random.below(7));
    const bool forgets = random.one_in(2);
    deflate_parameters agreed;
    agreed.client_no_context_takeover = agreed.server_no_context_takeover = forgets;
    agreed.client_max_window_bits = agreed.server_max_window_bits = static_cast<std::uint8_t>(bits);
    zlib_deflater peer{bits, static_cast<int>(random.below(10))};
    std::string frames;
    std::vector<std::string> expected;
    for (std::size_t messages = 1 + random.below(8); messages != 0; --messages) {
      const bool is_text = random.one_in(2);
      const std::string content = random.payload(is_text);
      std::string payload;
      for (std::string_view rest = content; !rest.empty();) {
        const std::size_t size = 1 + random.below(rest.size());
        payload += peer.add(rest.substr(0, size), flushes[random.below(std::size(flushes))]);
        rest.remove_prefix(size);
      }
      payload += peer.message("");
      unsigned kind = is_text ? 0x41 : 0x42;
      for (std::string_view rest = payload; kind < 0x80;) {
        const bool fin = random.one_in(3);
        const std::size_t size = fin ? rest.size() : random.below(rest.size() + 1);
        frames += frame(kind | (fin ? 0x80U : 0U), rest.substr(0, size));
        if (!fin && random.one_in(2)) {
          frames += pong("between");
          expected.push_back("pong between");
        }
        rest.remove_prefix(size);
        kind = fin ? 0x80 : 0;
      }
      expected.push_back(line(is_text ? "text" : "binary", content));
      if (forgets) peer.reset();
    }
    const std::string in = ours == role::server ? masked(frames, seed) : frames;
    for (const std::size_t largest : {in.size(), std::size_t{7}, std::size_t{300}}) {
      recorder receiver{ours};
      REQUIRE(!receiver.endpoint.enable_deflate(agreed, {}));
      feed(receiver, in, largest, random);
      INFO("seed " << seed << ": " << shown(agreed) << ", pieces up to " << largest);
      REQUIRE(receiver.log == expected);
    }
  }
}

TEST_CASE("Random octets as compressed payloads never do more than fail the connection",
          "[deflate][property]") {
  std::mt19937 random{404};
  for (int i = 0; i < 20'000; ++i) {
    std::string payload(1 + random() % 120, '\0');
    std::ranges::generate(payload, [&] { return static_cast<char>(random()); });
    if (i % 2 == 0) payload = "\xF2\x48\xCD\xC9\xC9\x07" + payload.substr(0, 4);
    const role role = i % 4 < 2 ? role::server : role::client;
    const std::string frames = frame(i % 3 == 0 ? 0xC1 : 0x42, payload) + frame(0x80, "") + ping("p");
    const std::string in = role == role::server ? masked(frames) : frames;
    recorder whole{role, {.message = 1000}};
    recorder split{role, {.message = 1000}};
    for (recorder* one : {&whole, &split}) REQUIRE(!one->endpoint.enable_deflate({}, {}));
    whole.feed(in);
    for (const char octet : in) split.feed({&octet, 1});
    REQUIRE(whole.log == split.log);
    REQUIRE(whole.endpoint.state() == split.endpoint.state());
  }
}

}  // namespace
}  // namespace websock::protocol::testing
