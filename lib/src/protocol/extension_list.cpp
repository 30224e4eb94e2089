#include "extension_list.hpp"

#include <algorithm>
#include <utility>

namespace websock::protocol {

// Section 9.1: "extension-list = 1#extension", "extension = extension-token *( ";" extension-param )".
std::optional<std::string_view> extension_list_reader::next_extension() {
  while (next_parameter()) {
  }
  if (malformed_ || !next_element()) return std::nullopt;
  const std::string_view name = take_token();
  malformed_ = name.empty();
  if (malformed_) return std::nullopt;
  return name;
}

std::optional<extension_parameter> extension_list_reader::next_parameter() {
  if (malformed_ || rest_.empty()) return std::nullopt;
  extension_parameter parameter;
  malformed_ = !read_parameter(parameter);
  if (malformed_) return std::nullopt;
  return parameter;
}

// Section 9.1: "this header field MAY be split or combined across multiple lines".
bool extension_list_reader::next_element() noexcept {
  do {
    if (const auto element = list_.next()) {
      rest_ = *element;
      has_elements_ = true;
      return true;
    }
  } while (next_line());
  // RFC 2616 section 2.1, of "1#element": "at least one non-null element MUST be present".
  malformed_ = is_present_ && !has_elements_;
  return false;
}

bool extension_list_reader::next_line() noexcept {
  while (next_line_ < fields_.size()) {
    const auto [name, value] = fields_[next_line_++];
    if (!http::equals_ignoring_case(name, "Sec-WebSocket-Extensions")) continue;
    is_present_ = true;
    list_ = http::list_reader{value};
    return true;
  }
  return false;
}

// "extension-param = token [ "=" (token | quoted-string) ]"
bool extension_list_reader::read_parameter(extension_parameter& parameter) {
  if (!take(';')) return false;
  parameter.name = take_token();
  if (parameter.name.empty()) return false;
  if (!take('=')) return true;
  parameter.value = take_value();
  return parameter.value.has_value();
}

// "When using the quoted-string syntax variant, the value after quoted-string unescaping MUST conform
// to the 'token' ABNF."
std::optional<std::string> extension_list_reader::take_value() {
  auto value = take('"') ? take_quoted() : std::string{take_token()};
  if (value && value->empty()) return std::nullopt;
  return value;
}

// What follows the opening quote, and the closing one. RFC 2616 section 2.2: "The backslash character
// ("\") MAY be used as a single-character quoting mechanism".
std::optional<std::string> extension_list_reader::take_quoted() {
  std::string value;
  while (!rest_.empty() && rest_.front() != '"') {
    if (rest_.front() == '\\') rest_.remove_prefix(1);
    if (rest_.empty() || !http::is_token_character(rest_.front())) return std::nullopt;
    value += rest_.front();
    rest_.remove_prefix(1);
  }
  if (!take('"')) return std::nullopt;
  return value;
}

std::string_view extension_list_reader::take_token() noexcept {
  rest_ = http::trim(rest_);
  const auto end = std::find_if_not(rest_.begin(), rest_.end(), http::is_token_character);
  const auto length = static_cast<std::size_t>(end - rest_.begin());
  const std::string_view token = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return token;
}

// Section 9.1: "this section is using ABNF syntax/rules from [RFC2616], including the "implied *LWS
// rule"": there may be blanks around ";" and "=".
bool extension_list_reader::take(char expected) noexcept {
  rest_ = http::trim(rest_);
  if (rest_.empty() || rest_.front() != expected) return false;
  rest_.remove_prefix(1);
  return true;
}

}  // namespace websock::protocol
