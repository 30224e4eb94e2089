// What all threads of a run have measured, and what went wrong.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "histogram.hpp"

namespace load {

struct failures {
  std::uint64_t wrong = 0;  ///< echoes that are not what was sent
  std::uint64_t lost = 0;   ///< messages that never came back
  std::uint64_t broken = 0;  ///< connections that failed, or were not closed by the closing handshake
  std::string first;        ///< in words; empty: none

  [[nodiscard]] std::uint64_t total() const noexcept { return wrong + lost + broken; }
};

/// Shared by the threads of a run. Time is cut into intervals; the one that runs is set from outside.
class recorder {
 public:
  static constexpr std::size_t not_measuring = 0;

  /// The interval that what is measured from now on belongs to: 1, 2, ... or `not_measuring`.
  void set_interval(std::size_t number) noexcept { interval_.store(number, std::memory_order_relaxed); }
  [[nodiscard]] std::size_t interval() const noexcept { return interval_.load(std::memory_order_relaxed); }

  void merge(std::size_t interval, const histogram& measured);
  void merge_handshakes(const histogram& measured);

  void add_wrong(const std::string& why) { add(found_.wrong, 1, why); }
  void add_lost(std::uint64_t count, const std::string& why) { add(found_.lost, count, why); }
  void add_broken(const std::string& why) { add(found_.broken, 1, why); }

  [[nodiscard]] failures found() const;
  /// Those of an interval, as far as the threads have handed them over; empty when there are none.
  [[nodiscard]] histogram of_interval(std::size_t number) const;
  [[nodiscard]] histogram total() const;
  [[nodiscard]] histogram handshakes() const;

 private:
  void add(std::uint64_t& counter, std::uint64_t count, const std::string& why);

  std::atomic<std::size_t> interval_ = not_measuring;
  mutable std::mutex mutex_;
  std::vector<histogram> intervals_;  // of interval 1, 2, ...
  histogram handshakes_;
  failures found_;
};

/// One thread's way to the recorder: what it measures stays here until the next interval begins.
class meter {
 public:
  explicit meter(recorder& into) noexcept : recorder_{into} {}

  /// True: it was counted.
  bool add(std::uint64_t nanoseconds) {
    if (const std::size_t now = recorder_.interval(); now != interval_) [[unlikely]]
      enter(now);
    if (interval_ == recorder::not_measuring) return false;
    measured_.add(nanoseconds);
    count_.store(count_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return true;
  }
  /// A handshake counts while something is measured, or always.
  void add_handshake(std::uint64_t nanoseconds, bool always);

  /// Hands over what is still here.
  void flush();
  /// How many were counted. Any thread.
  [[nodiscard]] std::uint64_t count() const noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  void enter(std::size_t interval);

  recorder& recorder_;
  std::size_t interval_ = recorder::not_measuring;
  histogram measured_;
  histogram handshakes_;
  std::atomic<std::uint64_t> count_ = 0;
};

}  // namespace load
