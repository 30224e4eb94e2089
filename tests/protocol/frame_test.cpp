// Heads and masks by themselves.
#include <algorithm>
#include <random>

#include "protocol/harness.hpp"
#include "websock/protocol/frame.hpp"
#include "websock/protocol/mask.hpp"

namespace websock::protocol::testing {
namespace {

TEST_CASE("A head is read back as it was written", "[frame]") {
  for (const std::uint64_t length :
       {0ULL, 1ULL, 125ULL, 126ULL, 0xFFFFULL, 0x10000ULL, 0x7FFF'FFFF'FFFF'FFFFULL}) {
    for (const bool masked : {false, true}) {
      for (const bool fin : {false, true}) {
        const frame_head head{.length = length,
                              .key = masked ? 0x12345678U : 0,
                              .kind = opcode::text,
                              .fin = fin,
                              .masked = masked};
        std::array<std::byte, largest_head> wire{};
        const std::size_t size = encode_head(head, wire.data());
        REQUIRE(size == head_size(length, masked));
        const role receiver = masked ? role::server : role::client;
        const decoded_head whole = decode_head(bytes_view{wire}.first(size), receiver);
        REQUIRE(whole.size == size);
        REQUIRE(whole.error == errc{});
        REQUIRE(whole.head == head);
        for (std::size_t part = 0; part < size; ++part) {
          const decoded_head cut = decode_head(bytes_view{wire}.first(part), receiver);
          REQUIRE(cut.size == 0);
          REQUIRE(cut.error == errc{});
        }
      }
    }
  }
}

TEST_CASE("A violation is the same at whatever octet the input ends", "[frame]") {
  std::mt19937 random{6455};
  for (int i = 0; i < 20'000; ++i) {
    std::array<std::byte, largest_head> wire;
    std::ranges::generate(wire, [&] { return static_cast<std::byte>(random()); });
    if (i % 2 == 0) wire[0] &= std::byte{0x8F};  // else most would fail for RSV
    const role receiver = i % 3 == 0 ? role::client : role::server;
    const decoded_head whole = decode_head(wire, receiver);
    REQUIRE((whole.size != 0) != (whole.error != errc{}));
    bool decided = false;
    for (std::size_t part = 0; part <= wire.size(); ++part) {
      const decoded_head cut = decode_head(bytes_view{wire}.first(part), receiver);
      if (cut.size == 0 && cut.error == errc{}) {
        REQUIRE(!decided);
        continue;
      }
      decided = true;
      REQUIRE(cut.error == whole.error);
      REQUIRE(cut.size == whole.size);
    }
  }
}

TEST_CASE("Masking follows section 5.3 octet by octet, in place and copying", "[mask]") {
  std::mt19937 random{53};
  for (std::size_t size = 0; size < 300; ++size) {
    for (std::size_t offset = 0; offset < 4; ++offset) {
      std::string key(4, '\0');
      std::ranges::generate(key, [&] { return static_cast<char>(random()); });
      masking_key word;
      std::memcpy(&word, key.data(), key.size());
      std::string payload(size + offset, '\0');
      std::ranges::generate(payload, [&] { return static_cast<char>(random()); });
      std::string expected = payload;
      for (std::size_t i = 0; i < expected.size(); ++i)
        expected[i] = static_cast<char>(expected[i] ^ key[i % 4]);

      std::string copied(size + offset, '#');
      auto* const target = reinterpret_cast<std::byte*>(copied.data());
      copy_masked(target, as_bytes(payload).first(offset), word);
      copy_masked(target + offset, as_bytes(payload).subspan(offset), advance(word, offset));
      REQUIRE(copied == expected);
      auto* const octets = reinterpret_cast<std::byte*>(payload.data());
      apply_mask({octets, offset}, word);
      apply_mask({octets + offset, size}, advance(word, offset));
      REQUIRE(payload == expected);
    }
  }
}

}  // namespace
}  // namespace websock::protocol::testing
