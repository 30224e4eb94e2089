// Standard input, line by line.
#pragma once

#include <asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "background.hpp"
#include "websock/task.hpp"

struct line {
  std::string text;       ///< without the newline; any other octet is as it came
  bool too_long = false;  ///< then the text is empty
};

/// Reads no further than it is asked to, so a slow peer slows the reading down, however large a
/// file it is. At most one line and 64 KiB are in memory.
class line_reader {
 public:
  line_reader(asio::any_io_executor executor, int descriptor, std::size_t longest);

  /// The next line; a last one without a newline counts. Nothing at the end. Throws what `read` failed
  /// with. After a cancellation it is of no more use.
  websock::task<std::optional<line>> next();

 private:
  struct piece;

  websock::task<void> fill();
  void take(line& into, std::string_view part) const;

  background reading_;
  std::shared_ptr<piece> piece_;
  std::string_view rest_;  // of the piece
  std::size_t longest_;
  bool has_ended_ = false;  // a terminal would go on
};
