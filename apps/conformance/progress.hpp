// What is said while cases run.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "run/result.hpp"

namespace conformance {

/// On a terminal one line that moves along, with what failed above it; else a line a case.
class progress {
 public:
  explicit progress(bool is_terminal) : is_terminal_{is_terminal} {}

  void show(const case_result& result, std::size_t done, std::size_t of);
  /// Ends the line.
  void finish();
  /// A line of something else.
  void say(const std::string& line);

 private:
  bool is_terminal_;
  bool is_open_ = false;  // the line that moves along is there
};

/// Columns of the terminal that standard output is; 0: it is none.
std::size_t terminal_width() noexcept;

}  // namespace conformance
