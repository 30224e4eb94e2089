// Line and column of each value and each key of a JSON text, for messages about a configuration.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace websock {

/// As editors count: both from 1, the column in characters.
struct text_position {
  std::size_t line = 1;
  std::size_t column = 1;
};

text_position position_at(std::string_view text, std::size_t offset) noexcept;

/// The name of an object's member as a JSON pointer writes it (RFC 6901: '~' is "~0", '/' is "~1").
std::string pointer_step(std::string_view key);

/// nlohmann_json forgets where it found what it parsed, and keeps the last of equal keys without a
/// word. This walks the same text once more and remembers both, by JSON pointer.
class json_locations {
 public:
  struct place {
    std::size_t key = 0;  ///< offset of the member's name; of the value itself in an array
    std::size_t value = 0;
  };

  /// `text` must be valid JSON.
  explicit json_locations(std::string_view text);

  /// That of the nearest value around it, where the text has none of that pointer.
  [[nodiscard]] place find(std::string pointer) const;

  struct repetition {
    std::string pointer;
    std::size_t offset = 0;
  };
  /// The first key that an object has twice.
  [[nodiscard]] const std::optional<repetition>& repeated() const noexcept { return repeated_; }

 private:
  struct container {
    std::string pointer;
    std::string member;  // of an object: the step of the current key
    std::size_t key_offset = 0;
    std::size_t index = 0;
    bool is_array = false;
    bool expects_key = false;
  };

  void walk();
  void enter(bool is_array);
  void leave();
  void read_key();
  void skip_string();
  void skip_scalar();
  std::string begin_value();

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<container> open_;
  std::map<std::string, place> places_;
  std::optional<repetition> repeated_;
};

}  // namespace websock
