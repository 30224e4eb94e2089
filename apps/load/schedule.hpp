// When the messages of an open loop are due.
#pragma once

#include <chrono>
#include <cstdint>

namespace load {

using load_clock = std::chrono::steady_clock;

/// One message every 1/rate seconds, whether or not the ones before have come back: message n is due at
/// `start` + n / rate, computed anew each time, so that nothing adds up.
class schedule {
 public:
  /// `rate` in messages a second, above 0.
  schedule(double rate, load_clock::time_point start) noexcept : rate_{rate}, start_{start} {}

  /// When the next message is due. It stays due until it is taken, however late that is.
  [[nodiscard]] load_clock::time_point next() const noexcept {
    const std::chrono::duration<double> offset{static_cast<double>(taken_) / rate_};
    return start_ + std::chrono::duration_cast<load_clock::duration>(offset);
  }
  [[nodiscard]] bool is_due(load_clock::time_point now) const noexcept { return next() <= now; }
  /// The next one is sent: says when it was due.
  load_clock::time_point take() noexcept {
    const auto due = next();
    ++taken_;
    return due;
  }

 private:
  double rate_;
  load_clock::time_point start_;
  std::uint64_t taken_ = 0;
};

}  // namespace load
