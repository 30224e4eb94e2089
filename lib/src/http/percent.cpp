#include "percent.hpp"

#include "websock/http/url.hpp"

namespace websock::http {
namespace {

constexpr int hex_value(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

// The octet that "%XX" at the front of `text` stands for, or -1.
int escaped_octet(std::string_view text) noexcept {
  if (text.size() < 3 || text[0] != '%') return -1;
  const int high = hex_value(text[1]);
  const int low = hex_value(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// RFC 3986 section 2.2 and 2.3 name all characters of a URL; these printable ones are not there.
bool is_url_character(char character) noexcept {
  return character > 0x20 && character < 0x7F &&
         std::string_view{"\"<>\\^`{|}"}.find(character) == std::string_view::npos;
}

// Decodes what can be decoded: with `form`, '+' is a blank. Says whether a '%' was left over.
bool decode(std::string_view text, bool form, std::string& out) {
  bool whole = true;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int octet = escaped_octet(text.substr(at));
    if (octet >= 0) {
      out += static_cast<char>(octet);
      at += 2;
    } else {
      if (text[at] == '%') whole = false;
      out += form && text[at] == '+' ? ' ' : text[at];
    }
  }
  return whole;
}

std::string decode_form(std::string_view text) {
  std::string out;
  decode(text, true, out);
  return out;
}

}  // namespace

std::size_t find_invalid(std::string_view text, std::string_view excluded) noexcept {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_url_character(text[at]) || excluded.find(text[at]) != std::string_view::npos) return at;
    if (text[at] == '%' && escaped_octet(text.substr(at)) < 0) return at;
  }
  return text.size();
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  if (!decode(text, false, out)) return std::nullopt;
  return out;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(pair.size() < query.size() ? pair.size() + 1 : pair.size());
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string_view value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
    pairs.emplace_back(decode_form(pair.substr(0, equals)), decode_form(value));
  }
  return pairs;
}

}  // namespace websock::http
