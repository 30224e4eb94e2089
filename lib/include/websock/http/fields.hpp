// HTTP fields (RFC 9110 section 5): names without case, in order, in one block of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace websock::http {

struct field {
  std::string_view name;
  std::string_view value;
};

/// The fields of one head. All text lives in one string, so that a session can keep its request at
/// the price of the request's own bytes (and eight more a line). Views are valid until the next
/// `add`, `set`, `remove` or move. No text given to a member may be a view of the same object.
class fields {
 public:
  fields() = default;
  /// Throws as `add` does.
  fields(std::initializer_list<field> list);

  /// Adds a field line, without the blanks around its value; equal names may repeat. Throws
  /// `std::system_error{errc::field_invalid}` when the name is no token or the value holds CR, LF,
  /// NUL or another control character but HTAB, so that no caller can inject a line (RFC 9110
  /// section 5.5).
  void add(std::string_view name, std::string_view value);
  /// As `add`, but an invalid line is `false` (a peer's input is no exception).
  [[nodiscard]] bool try_add(std::string_view name, std::string_view value);
  /// Replaces all lines of that name by one, which stands last. Throws as `add` does.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  /// Makes room for that many lines with that much text (names and values) in all.
  void reserve(std::size_t lines, std::size_t text_bytes);

  /// The value of the first line of that name, without blanks around it.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
  /// All lines of that name as one comma-separated list (RFC 9110 section 5.3).
  [[nodiscard]] std::string combined(std::string_view name) const;
  /// Whether a list field (`Connection: keep-alive, Upgrade`) has the token, in any line and case.
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return lines_.size(); }
  [[nodiscard]] bool empty() const noexcept { return lines_.empty(); }
  [[nodiscard]] field operator[](std::size_t index) const noexcept {
    const std::uint32_t begin = index == 0 ? 0 : lines_[index - 1].value_end;
    const auto [name_end, value_end] = lines_[index];
    const char* const text = text_.data();
    return {{text + begin, name_end - begin}, {text + name_end, value_end - name_end}};
  }

 private:
  // A line's name begins where the line before it ends.
  struct line {
    std::uint32_t name_end;
    std::uint32_t value_end;
  };

  std::string text_;  // name, value, name, value...
  std::vector<line> lines_;
};

}  // namespace websock::http
