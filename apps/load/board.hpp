// What the threads of a run tell the one that conducts them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>

namespace load {

/// Any thread.
class board {
 public:
  struct state {
    std::size_t opened = 0;   ///< threads that have all of their connections
    std::size_t touched = 0;  ///< threads whose connections have had an echo each
    std::size_t ended = 0;    ///< threads that are through
    std::size_t filled = 0;   ///< threads that have measured as many messages as were asked for
    std::exception_ptr error;  ///< the first that ended a thread
  };

  void opened() {
    change([](state& now) { ++now.opened; });
  }
  void touched() {
    change([](state& now) { ++now.touched; });
  }
  void filled() {
    change([](state& now) { ++now.filled; });
  }
  void ended(const std::exception_ptr& error) {
    change([&error](state& now) {
      ++now.ended;
      if (!now.error) now.error = error;
    });
  }

  /// Until `is_met(state)`, or the deadline (false).
  template <typename Condition>
  bool wait_until(std::chrono::steady_clock::time_point deadline, Condition is_met) {
    std::unique_lock lock{mutex_};
    return changed_.wait_until(lock, deadline, [this, &is_met] { return is_met(state_); });
  }

  [[nodiscard]] state now() {
    const std::lock_guard lock{mutex_};
    return state_;
  }

 private:
  template <typename Change>
  void change(Change apply) {
    const std::lock_guard lock{mutex_};
    apply(state_);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  state state_;
};

}  // namespace load
