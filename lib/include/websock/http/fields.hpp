// HTTP fields (RFC 9110 section 5): names without case, in order, in one block of memory.
#pragma once

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
/// the price of the request's own bytes. Views are valid until the next `add`, `set` or `remove`.
class fields {
 public:
  fields() = default;
  fields(std::initializer_list<field> list);

  /// Adds a field line; equal names may repeat. Throws `std::system_error{errc::field_invalid}`
  /// when the name is no token or the value holds CR, LF, NUL or another control character but
  /// HTAB, so that no caller can inject a line (RFC 9110 section 5.5).
  void add(std::string_view name, std::string_view value);
  /// Replaces all lines of that name by one.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);

  /// The value of the first line of that name, without blanks around it.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
  /// All lines of that name as one comma-separated list (RFC 9110 section 5.3).
  [[nodiscard]] std::string combined(std::string_view name) const;
  /// Whether a list field (`Connection: keep-alive, Upgrade`) has the token, in any line and case.
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] bool empty() const noexcept;
  [[nodiscard]] field operator[](std::size_t index) const noexcept;
};

}  // namespace websock::http
