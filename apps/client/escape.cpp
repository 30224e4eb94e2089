#include "escape.hpp"

#include <cstdint>
#include <cstdio>

#include "websock/core/bytes.hpp"
#include "websock/protocol/utf8.hpp"

namespace {

std::uint8_t octet(char character) { return static_cast<std::uint8_t>(character); }

std::string number(const char* format, unsigned value) {
  char text[16];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// How many octets the character has that begins here; 0: it is none.
std::size_t character_length(std::string_view text) {
  const auto first = octet(text.front());
  const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (text.size() < length) return 0;
  return websock::protocol::is_utf8(websock::as_bytes(text.substr(0, length))) ? length : 0;
}

// Of a valid character.
char32_t code_point(std::string_view character) {
  if (character.size() == 1) return octet(character.front());
  char32_t value = octet(character.front()) & (0x7fU >> character.size());
  for (const char next : character.substr(1)) value = value << 6 | (octet(next) & 0x3fU);
  return value;
}

bool is_control(char32_t value) { return value < 0x20 || (value >= 0x7f && value < 0xa0); }

// Marks, embeddings, overrides and isolates of Unicode's bidirectional algorithm; U+2028 and U+2029 break lines.
bool misleads(char32_t value) {
  return value == 0x061c || value == 0x200e || value == 0x200f || (value >= 0x2028 && value <= 0x202e) ||
         (value >= 0x2066 && value <= 0x2069);
}

std::string show(std::string_view character, line_breaks breaks) {
  const char32_t value = code_point(character);
  if (value == '\t') return "\t";
  if (value == '\n') return breaks == line_breaks::keep ? "\n" : "\\n";
  if (is_control(value) && value < 0x80) return number("\\x%02x", value);
  if (is_control(value) || misleads(value)) return number("\\u%04x", value);
  return std::string{character};
}

}  // namespace

std::string escape(std::string_view text, line_breaks breaks) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 0) {
      shown += number("\\x%02x", octet(text.front()));
      text.remove_prefix(1);
    } else {
      shown += show(text.substr(0, length), breaks);
      text.remove_prefix(length);
    }
  }
  return shown;
}

std::string hexadecimal(std::string_view octets, std::size_t most) {
  std::string digits;
  for (const char each : octets.substr(0, most)) {
    if (!digits.empty()) digits += ' ';
    digits += number("%02x", octet(each));
  }
  if (octets.size() > most) digits += " ...";
  return digits;
}
