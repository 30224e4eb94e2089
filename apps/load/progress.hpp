// How a run goes, while it runs.
#pragma once

#include <string>

#include "run.hpp"

namespace load {

/// Standard error: on a terminal one line that moves along, else a line a report.
class progress {
 public:
  progress();

  void show(const progress_report& now);
  /// Ends the line that moves along.
  void finish();

 private:
  bool is_terminal_;
  bool is_open_ = false;
};

/// "[ 3/10 s] 182k/s, p50 12.3 µs, p99 45.1 µs, 2 errors"
std::string line_of(const progress_report& now);

}  // namespace load
