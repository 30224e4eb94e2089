#include "progress.hpp"

#include <unistd.h>

#include <cstdio>

#include "units.hpp"

namespace load {

progress::progress() : is_terminal_{::isatty(STDERR_FILENO) != 0} {}

void progress::show(const progress_report& now) {
  const std::string line = line_of(now);
  std::fprintf(stderr, is_terminal_ ? "\r\033[K%s" : "%s\n", line.c_str());
  std::fflush(stderr);
  is_open_ = is_terminal_;
}

void progress::finish() {
  if (is_open_) std::fputs("\r\033[K", stderr);
  is_open_ = false;
}

std::string line_of(const progress_report& now) {
  std::string line = "[" + std::to_string(static_cast<int>(now.seconds)) + "/" +
                     std::to_string(static_cast<int>(now.of)) + " s] " + format_count(now.rate) + "/s";
  if (now.latency.max != 0) {
    line += ", p50 " + format_time(now.latency.p50) + ", p99 " + format_time(now.latency.p99);
  }
  if (now.failed != 0) line += ", " + std::to_string(now.failed) + (now.failed == 1 ? " error" : " errors");
  return line;
}

}  // namespace load
