#include "websock/http/syntax.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace websock::http {
namespace {

// RFC 9110 section 5.6.2: tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" /
// "_" / "`" / "|" / "~" / DIGIT / ALPHA
constexpr std::array<bool, 256> token_characters = [] {
  std::array<bool, 256> table{};
  for (const char character : std::string_view{"!#$%&'*+-.^_`|~0123456789"
                                               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"}) {
    table[static_cast<unsigned char>(character)] = true;
  }
  return table;
}();

bool is_blank(char character) noexcept { return character == ' ' || character == '\t'; }

constexpr bool is_value_character(char character) noexcept {
  const auto octet = static_cast<unsigned char>(character);
  return (octet >= 0x20 && octet != 0x7F) || octet == '\t';
}

// Where the element at the front of `list` ends: at a comma that no quoted string holds.
std::size_t element_end(std::string_view list) noexcept {
  bool quoted = false;
  for (std::size_t at = 0; at < list.size(); ++at) {
    if (list[at] == '"') quoted = !quoted;
    if (list[at] == '\\' && quoted)
      ++at;
    else if (list[at] == ',' && !quoted)
      return at;
  }
  return list.size();
}

}  // namespace

bool is_token_character(char character) noexcept {
  return token_characters[static_cast<unsigned char>(character)];
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

bool is_field_value(std::string_view text) noexcept {
  bool all = true;  // looked at to the end, so that the compiler takes many at a time
  for (const char character : text) all &= is_value_character(character);
  return all;
}

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<std::string_view> list_reader::next() noexcept {
  while (!rest_.empty()) {
    const std::size_t end = element_end(rest_);
    const std::string_view element = trim(rest_.substr(0, end));
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    // RFC 9110 section 5.6.1.2: "A recipient MUST parse and ignore a reasonable number of empty
    // list elements". The limit of the head is what is reasonable here.
    if (!element.empty()) return element;
  }
  return std::nullopt;
}

}  // namespace websock::http
