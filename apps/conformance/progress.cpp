#include "progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>


namespace conformance {
namespace {

bool is_good(const case_result& result) noexcept {
  const auto fine = [](verdict value) { return value == verdict::ok || value == verdict::informational; };
  return fine(result.behavior) && fine(result.behavior_close);
}

std::string line_of(const case_result& result) {
  std::string line = result.id + " " + std::string{name_of(result.behavior)};
  if (result.behavior_close != verdict::ok) line.append(", close ").append(name_of(result.behavior_close));
  if (!is_good(result))
    line.append(": ").append(is_pass(result.behavior_close) ? result.result : result.result_close);
  return line;
}

}  // namespace

void progress::show(const case_result& result, std::size_t done, std::size_t of) {
  const std::string count = "[" + std::to_string(done) + "/" + std::to_string(of) + "] ";
  if (!is_terminal_) {
    std::printf("%s%s\n", count.c_str(), line_of(result).c_str());
    return;
  }
  if (!is_good(result)) say(line_of(result));
  std::printf("\r\033[K%s%s", count.c_str(), result.id.c_str());
  std::fflush(stdout);
  is_open_ = true;
}

void progress::finish() {
  if (is_open_) std::printf("\r\033[K");
  is_open_ = false;
  std::fflush(stdout);
}

void progress::say(const std::string& line) {
  finish();
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

std::size_t terminal_width() noexcept {
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0) return 0;
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0 ? size.ws_col : 80;
}

}  // namespace conformance
