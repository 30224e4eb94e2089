// What a peer may cost us with compressed messages: bombs, fragments without end, contexts.
#include <algorithm>

#include "protocol/harness.hpp"
#include "protocol/zlib_peer.hpp"
#include "support/memory.hpp"

namespace websock::protocol::testing {
namespace {

using lines = std::vector<std::string>;

constexpr std::size_t mebibyte = std::size_t{1} << 20;
const lines too_big{"out 880203f1", "failure message_too_big"};
const lines too_dense{"out 880203f1", "failure inflate_ratio_exceeded"};

// A thousand times smaller than what it inflates to.
std::string bomb(std::size_t size) {
  zlib_deflater peer{15, 9};
  const std::string block(mebibyte, '\0');
  std::string payload;
  for (std::size_t at = 0; at < size; at += block.size()) {
    payload += peer.add(std::string_view{block}.substr(0, size - at), Z_NO_FLUSH);
  }
  return payload + peer.message("");
}

void enable(connection& endpoint, bool takeover) {
  REQUIRE(!endpoint.enable_deflate(
      {.server_no_context_takeover = !takeover, .client_no_context_takeover = !takeover}, {}));
}

// Feeds until the connection has failed, and demands that it does not hold more than `most` meanwhile.
void feed_within(recorder& receiver, std::string_view octets, std::size_t most) {
  const test::memory_growth memory;
  while (!octets.empty()) {
    const std::size_t size = std::min<std::size_t>(octets.size(), 1000);
    receiver.feed(octets.substr(0, size));
    REQUIRE(memory.bytes() < most);
    octets.remove_prefix(size);
  }
}

TEST_CASE("inflate_bomb_single_frame", "[deflate][attack]") {
  const std::string payload = bomb(200 * mebibyte);
  REQUIRE(payload.size() < mebibyte / 4);
  for (const role role : {role::server, role::client}) {
    for (const bool takeover : {false, true}) {
      const std::string frames = frame(0xC2, payload);
      const std::string in = role == role::server ? masked(frames) : frames;
      recorder split{role};
      enable(split.endpoint, takeover);
      feed_within(split, in, 20 * mebibyte);
      REQUIRE(split.log == too_big);
      recorder whole{role};
      enable(whole.endpoint, takeover);
      whole.feed(in);
      REQUIRE(whole.log == too_big);
      REQUIRE(whole.endpoint.failure() == condition::limit_exceeded);
    }
  }
}

TEST_CASE("A bomb is inflated in turns, in one frame and in fragments", "[deflate][attack]") {
  const std::string payload = bomb(15 * mebibyte);
  std::string fragments;
  for (std::size_t at = 0; at < payload.size(); at += 50) {
    fragments += frame(at == 0 ? 0x42 : 0x00, std::string_view{payload}.substr(at, 50));
  }
  for (const std::string& frames : {frame(0xC2, payload), fragments + last("")}) {
    for (const role role : {role::server, role::client}) {
      connection endpoint{role, {}};
      enable(endpoint, true);
      const std::string in = role == role::server ? masked(frames) : frames;
      bytes_view input = as_bytes(in);
      std::size_t most = input.size();
      std::size_t turns = 1;
      for (std::size_t before = input.size(); endpoint.next(input).what == event::kind::none; ++turns) {
        REQUIRE(input.size() < before);
        REQUIRE(before - input.size() <= most);
        before = input.size();
        most = in.size() / 10;  // once it has proved to be dense
      }
      REQUIRE(input.empty());
      REQUIRE(turns >= 10);
    }
  }
}

TEST_CASE("inflate_bomb_across_fragments", "[deflate][attack]") {
  const std::string payload = bomb(40 * mebibyte);
  std::string frames;
  for (std::size_t at = 0; at < payload.size(); at += 10) {
    frames += frame(at == 0 ? 0x42 : 0x00, std::string_view{payload}.substr(at, 10)) + pong("p");
  }
  for (const role role : {role::server, role::client}) {
    recorder receiver{role};
    enable(receiver.endpoint, true);
    feed_within(receiver, role == role::server ? masked(frames) : frames, 20 * mebibyte);
    std::erase(receiver.log, "pong p");
    REQUIRE(receiver.log == too_big);
  }
}

TEST_CASE("What is still small may have any ratio, what is large may not", "[deflate][attack]") {
  const std::string content(16 * mebibyte, '\0');
  recorder at_the_limit{role::client};
  enable(at_the_limit.endpoint, true);
  at_the_limit.feed(frame(0xC2, bomb(content.size())));
  REQUIRE(at_the_limit.log == lines{line("binary", content)});

  const std::string larger = frame(0xC2, bomb(content.size() + 1));
  recorder guarded{role::client, {.message = unlimited, .inflate_ratio = 200}};
  enable(guarded.endpoint, true);
  guarded.feed(larger);
  REQUIRE(guarded.log == too_dense);
  REQUIRE(guarded.endpoint.failure() == condition::limit_exceeded);

  recorder free{role::client, {.message = unlimited}};
  enable(free.endpoint, true);
  free.feed(larger);
  REQUIRE(free.log == lines{line("binary", content + '\0')});
}

TEST_CASE("A ratio is reached, and passed", "[deflate][attack]") {
  std::string content;
  while (content.size() < 17 * mebibyte) content += std::string(5000, 'x') + std::to_string(content.size());
  const std::string payload = zlib_deflater{}.message(content);
  const auto ratio = static_cast<std::uint32_t>(content.size() / payload.size());
  REQUIRE(ratio > 100);
  const std::string in = frame(0xC2, payload);
  recorder within{role::client, {.message = unlimited, .inflate_ratio = ratio + 2}};
  enable(within.endpoint, true);
  within.feed(in);
  REQUIRE(within.log == lines{line("binary", content)});
  recorder beyond{role::client, {.message = unlimited, .inflate_ratio = ratio - 2}};
  enable(beyond.endpoint, true);
  beyond.feed(in);
  REQUIRE(beyond.log == too_dense);
}

TEST_CASE("A compressed message in a million fragments takes linear time", "[deflate][attack]") {
  zlib_deflater peer{15, 0};  // stored: an octet of content for each octet of payload
  const std::string content(1'000'000, 'z');
  const std::string payload = peer.message(content);
  for (const role role : {role::server, role::client}) {
    recorder receiver{role, {.fragments = unlimited}};
    enable(receiver.endpoint, true);
    std::string frames;
    for (std::size_t at = 0; at < payload.size(); ++at) {
      frames += frame(at == 0 ? 0x41 : 0x00, std::string_view{payload}.substr(at, 1));
      if (frames.size() < 100'000) continue;
      receiver.feed(role == role::server ? masked(frames) : frames);
      frames.clear();
    }
    frames += last("");
    receiver.feed(role == role::server ? masked(frames) : frames);
    REQUIRE(receiver.log == lines{line("text", content)});
  }
}

TEST_CASE("Empty blocks and streams without end cost no memory", "[deflate][attack]") {
  for (const char* empty : {"00 00 00 ff ff", "02 00 00 00 ff ff", "03 00"}) {
    std::string payload;
    while (payload.size() < mebibyte) payload += hex(empty);
    recorder receiver{role::client};
    enable(receiver.endpoint, true);
    receiver.feed(frame(0x42, ""));
    const std::string in = frame(0x00, payload);
    feed_within(receiver, in, mebibyte / 4);
    REQUIRE(receiver.log.empty());
    receiver.feed(last(hex("00")));
    REQUIRE(receiver.log == lines{"binary"});
  }
}

TEST_CASE("A compressed frame's declared length allocates nothing, nor is it read into directly",
          "[deflate][attack]") {
  recorder receiver{role::client, {.message = unlimited}};
  enable(receiver.endpoint, true);
  const test::memory_growth memory;
  receiver.feed(hex("42 7f 7f ff ff ff ff ff ff ff") +
                zlib_deflater{15, 0}.add(std::string(10'000, 'x'), Z_SYNC_FLUSH));
  REQUIRE(receiver.endpoint.prepare().empty());
  REQUIRE(memory.bytes() < 1'000'000);  // a context and the message, of 2^63 declared octets
  REQUIRE(receiver.log.empty());
}

}  // namespace
}  // namespace websock::protocol::testing
