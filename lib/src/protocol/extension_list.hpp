// The Sec-WebSocket-Extensions field (RFC 6455 section 9.1), read from left to right.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "websock/http/fields.hpp"
#include "websock/http/syntax.hpp"

namespace websock::protocol {

struct extension_parameter {
  std::string_view name;
  std::optional<std::string> value;  ///< a token, without the quotes that it may have had
};

/// Walks over the extensions of a head and over their parameters, all lines of the field as one list.
/// Looks at no byte more than twice and keeps none, so that a long list costs its bytes only. What is
/// malformed ends the list:
///
///     extension_list_reader list{fields};
///     while (const auto name = list.next_extension()) {
///       while (const auto parameter = list.next_parameter()) ...
///     }
///     if (list.malformed()) ...
class extension_list_reader {
 public:
  /// The fields outlive the reader and what it hands out.
  explicit extension_list_reader(const http::fields& fields) noexcept : fields_{fields} {}

  /// The name of the next extension; parameters of the last one that nobody read are read over.
  std::optional<std::string_view> next_extension();
  /// The next parameter of that extension.
  std::optional<extension_parameter> next_parameter();
  /// Behind the end of the list: whether it breaks the grammar.
  [[nodiscard]] bool malformed() const noexcept { return malformed_; }

 private:
  bool next_element() noexcept;
  bool next_line() noexcept;
  bool read_parameter(extension_parameter& parameter);
  std::optional<std::string> take_value();
  std::optional<std::string> take_quoted();
  std::string_view take_token() noexcept;
  bool take(char expected) noexcept;

  const http::fields& fields_;
  std::size_t next_line_ = 0;
  http::list_reader list_{""};  // what is left of a line
  std::string_view rest_;       // what is left of an element
  bool is_present_ = false;
  bool has_elements_ = false;
  bool malformed_ = false;
};

}  // namespace websock::protocol
