#include "payload.hpp"

#include <array>
#include <cstdio>
#include <random>
#include <string_view>

#include "websock/core/bytes.hpp"

namespace load {
namespace {

using random_source = std::mt19937_64;

// Not std::uniform_int_distribution, which is slow and differs between libraries.
std::uint32_t below(random_source& random, std::uint32_t end) {
  return static_cast<std::uint32_t>(random() % end);
}

void append_random(std::string& into, std::size_t size, random_source& random) {
  while (into.size() < size) into += static_cast<char>(below(random, 256));
}

void append_ascii(std::string& into, std::size_t size, random_source& random) {
  while (into.size() < size) into += static_cast<char>(' ' + below(random, 95));
}

std::string encode(std::uint32_t point) {
  const auto rest = [point](unsigned shift) { return static_cast<char>(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xC0 | point >> 6), rest(0)};
  if (point < 0x10000) return {static_cast<char>(0xE0 | point >> 12), rest(6), rest(0)};
  return {static_cast<char>(0xF0 | point >> 18), rest(12), rest(6), rest(0)};
}

// As many code points of each length; none is cut in half.
void append_utf8(std::string& into, std::size_t size, random_source& random) {
  struct range {
    std::uint32_t first;
    std::uint32_t count;
  };
  constexpr std::array<range, 4> ranges{{{0x20, 0x5F}, {0xA0, 0x700}, {0x3040, 0x5000}, {0x1F300, 0x300}}};
  while (into.size() < size) {
    const range& among = ranges[below(random, ranges.size())];
    const std::string point = encode(among.first + below(random, among.count));
    into += into.size() + point.size() <= size ? point : "x";
  }
}

void append_json(std::string& into, std::size_t size, random_source& random, std::uint32_t variant) {
  constexpr std::array names{"price", "volume", "bid", "ask", "open", "close", "high", "low"};
  constexpr std::array symbols{"BTC-USD", "ETH-USD", "EUR-USD", "SOL-EUR", "XAU-USD", "GBP-JPY"};
  std::array<char, 256> record{};
  for (std::uint32_t number = 0; into.size() < size; ++number) {
    const char* const first = names[below(random, 4)];
    const char* const second = names[4 + below(random, 4)];
    const int length = std::snprintf(
        record.data(), record.size(),
        "%s{\"type\":\"ticker\",\"seq\":%u,\"symbol\":\"%s\",\"%s\":%u.%02u,\"%s\":%u.%02u,\"ok\":%s}",
        number == 0 ? "[" : ",", variant * 1000 + number, symbols[below(random, symbols.size())], first,
        below(random, 90000), below(random, 100), second, below(random, 90000), below(random, 100),
        below(random, 2) == 0 ? "false" : "true");
    into.append(record.data(), static_cast<std::size_t>(length));
  }
  into.resize(size);
}

std::size_t variants_for(std::size_t size, bool is_compressed) {
  std::size_t count = size <= 4096 ? 16 : size <= 65536 ? 4 : 2;
  constexpr std::size_t beyond_every_window = 128 * 1024;
  constexpr std::size_t most = 2048;
  while (is_compressed && size != 0 && count < most && count * size < beyond_every_window) count *= 2;
  return count;
}

}  // namespace

std::string make_payload(payload_kind kind, std::size_t size, std::uint32_t variant) {
  random_source random{variant};
  std::string made;
  switch (kind) {
    case payload_kind::json:
      append_json(made, size, random, variant);
      break;
    case payload_kind::random:
      append_random(made, size, random);
      break;
    case payload_kind::ascii:
      append_ascii(made, size, random);
      break;
    case payload_kind::utf8:
      append_utf8(made, size, random);
      break;
  }
  return made;
}

std::vector<websock::prepared_message> make_messages(websock::opcode type, payload_kind kind,
                                                     std::size_t size, bool is_compressed) {
  std::vector<websock::prepared_message> messages;
  for (std::uint32_t variant = 0; variant < variants_for(size, is_compressed); ++variant) {
    const std::string payload = make_payload(kind, size, variant);
    messages.emplace_back(websock::message{type, websock::byte_buffer{websock::as_bytes(payload)}});
  }
  return messages;
}

}  // namespace load
