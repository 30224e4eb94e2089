// The small pieces of HTTP's grammar (RFC 9110 section 5.6): tokens, blanks, lists.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace websock::http {

/// ASCII letters in lower case; all other bytes as they are.
[[nodiscard]] constexpr char to_lower(char character) noexcept {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character + ('a' - 'A')) : character;
}
/// Compares the same letters without case. Mostly lengths differ, or what is equal is so in its case, too.
[[nodiscard]] inline bool equals_ignoring_case(std::string_view left, std::string_view right) noexcept {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left[i] != right[i] && to_lower(left[i]) != to_lower(right[i])) return false;
  }
  return true;
}

/// `tchar` of section 5.6.2.
[[nodiscard]] bool is_token_character(char character) noexcept;
/// `token` of section 5.6.2: one or more `tchar`.
[[nodiscard]] bool is_token(std::string_view text) noexcept;
/// Section 5.5: no control characters but HTAB; bytes above 127 are opaque data.
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;
/// Without the blanks and tabs at both ends (OWS of section 5.6.3).
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// Walks over the elements of a comma-separated list (section 5.6.1) from left to right, each byte
/// once. Empty elements are skipped; commas inside of quoted strings do not separate.
///
///     for (list_reader list{value}; auto element = list.next();) ...
class list_reader {
 public:
  explicit list_reader(std::string_view list) noexcept : rest_{list} {}

  /// The next element without blanks around it; nothing at the end.
  std::optional<std::string_view> next() noexcept;
  /// What was not looked at yet.
  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace websock::http
