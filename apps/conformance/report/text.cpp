#include "report/text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "../client/escape.hpp"
#include "websock/protocol/utf8.hpp"

namespace conformance {
namespace {

bool is_utf8(std::string_view octets) { return websock::protocol::is_utf8(websock::as_bytes(octets)); }

// How many octets the character has that begins here; 0: it is none.
std::size_t character_length(std::string_view octets) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(octets.size(), 4); ++length) {
    if (is_utf8(octets.substr(0, length))) return length;
  }
  return 0;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

std::string quote_markup(std::string text) {
  replace_all(text, "&", "&amp;");
  replace_all(text, "<", "&lt;");
  replace_all(text, ">", "&gt;");
  replace_all(text, "\"", "&quot;");
  replace_all(text, "'", "&#39;");
  // XML 1.0, section 2.2: "any Unicode character, excluding the surrogate blocks, FFFE, and FFFF".
  replace_all(text, "\xef\xbf\xbe", "\\ufffe");
  replace_all(text, "\xef\xbf\xbf", "\\uffff");
  return text;
}

}  // namespace

std::string to_utf8(std::string_view octets) {
  if (is_utf8(octets)) return std::string{octets};
  std::string text;
  while (!octets.empty()) {
    const std::size_t length = character_length(octets);
    text += length == 0 ? "\\x" + to_hex(octets.substr(0, 1)) : std::string{octets.substr(0, length)};
    octets.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return text;
}

std::string to_line(std::string_view octets) { return escape(octets, line_breaks::escape); }

std::string to_markup(std::string_view octets) { return quote_markup(to_line(octets)); }

std::string to_markup_lines(std::string_view octets) {
  std::string text{octets};
  replace_all(text, "\r\n", "\n");
  return quote_markup(escape(text, line_breaks::keep));
}

std::string to_hex(std::string_view octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char each : octets) {
    const auto octet = static_cast<unsigned char>(each);
    text += digits[octet >> 4];
    text += digits[octet & 0xf];
  }
  return text;
}

std::string_view front_of(std::string_view octets, std::uint64_t size, std::size_t most) {
  const std::string_view front = octets.substr(0, most);
  if (front.size() == size) return front;
  for (std::size_t less = 0; less < std::min<std::size_t>(front.size(), 4); ++less) {
    const std::string_view shorter = front.substr(0, front.size() - less);
    if (is_utf8(shorter)) return shorter;
  }
  return front;
}

std::string payload_text(std::string_view octets, std::uint64_t size, std::size_t most) {
  const std::string_view front = front_of(octets, size, most);
  std::string text = to_utf8(front);
  if (front.size() < size) text += " ... (" + std::to_string(size) + " octets)";
  return text;
}

std::string to_iso(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto moment = floor<milliseconds>(time);
  const auto day = floor<days>(moment);
  const year_month_day date{day};
  const hh_mm_ss clock{moment - day};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int{date.year()},
                unsigned{date.month()}, unsigned{date.day()}, static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

}  // namespace conformance
