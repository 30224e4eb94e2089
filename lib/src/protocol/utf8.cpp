#include "websock/protocol/utf8.hpp"

#include <simdjson.h>

#include <cstring>

namespace websock::protocol {
namespace {

// Below this size a plain test for ASCII costs less than the way into the SIMD validator.
constexpr std::size_t small = 256;

bool is_ascii(bytes_view bytes) noexcept {
  constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t seen = 0;
  for (std::uint64_t word; left >= sizeof word; at += sizeof word, left -= sizeof word) {
    std::memcpy(&word, at, sizeof word);
    seen |= word;
  }
  for (; left != 0; --left) seen |= std::to_integer<std::uint64_t>(*at++);
  return (seen & high_bits) == 0;
}

// How many continuation octets follow this lead octet; 0 for what is no lead octet.
constexpr std::size_t continuations_after(std::uint8_t lead) noexcept {
  return lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
}

// The octets at the end that begin a code point whose rest has not come.
std::size_t incomplete_tail(bytes_view bytes) noexcept {
  for (std::size_t back = 1; back <= 3 && back <= bytes.size(); ++back) {
    const auto octet = std::to_integer<std::uint8_t>(bytes[bytes.size() - back]);
    if (octet < 0x80) return 0;
    if (octet >= 0xC0) return continuations_after(octet) >= back ? back : 0;
  }
  return 0;
}

bool is_valid(bytes_view bytes) noexcept {
  return simdjson::validate_utf8(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace

bool is_utf8(bytes_view bytes) noexcept {
  return (bytes.size() <= small && is_ascii(bytes)) || is_valid(bytes);
}

// Table 3-7 of the Unicode Standard, "Well-Formed UTF-8 Byte Sequences": only the octet behind the
// lead has bounds of its own, which shut out overlong forms, surrogates and what is above U+10FFFF.
bool utf8_validator::step(std::uint8_t octet) noexcept {
  if (needed_ != 0) {
    if (octet < lower_ || octet > upper_) return false;
    lower_ = 0x80;
    upper_ = 0xBF;
    --needed_;
    return true;
  }
  if (octet < 0x80) return true;
  if (octet < 0xC2 || octet > 0xF4) return false;
  needed_ = static_cast<std::uint8_t>(continuations_after(octet));
  if (octet == 0xE0) lower_ = 0xA0;
  if (octet == 0xED) upper_ = 0x9F;
  if (octet == 0xF0) lower_ = 0x90;
  if (octet == 0xF4) upper_ = 0x8F;
  return true;
}

bool utf8_validator::feed_octets(bytes_view piece) noexcept {
  for (const std::byte octet : piece) {
    if (!step(std::to_integer<std::uint8_t>(octet))) return false;
  }
  return true;
}

bool utf8_validator::feed(bytes_view piece) noexcept {
  while (needed_ != 0 && !piece.empty()) {
    if (!step(std::to_integer<std::uint8_t>(piece.front()))) return false;
    piece = piece.subspan(1);
  }
  if (piece.size() <= small && is_ascii(piece)) return true;
  const std::size_t tail = incomplete_tail(piece);
  return is_valid(piece.first(piece.size() - tail)) && feed_octets(piece.last(tail));
}

}  // namespace websock::protocol
