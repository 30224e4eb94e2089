// Deadlines that move all the time and hardly ever pass.
#pragma once

#include <asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <set>
#include <utility>

#include "websock/core/clock.hpp"

namespace websock::io {

/// Looks after something that has deadlines. Moving a deadline costs nothing: the owner just keeps
/// its time of last activity, and the watchdog, when it looks, asks it what is due and when to look
/// again. One timer a thread serves all watchdogs.
class watchdog {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr clock::time_point never = clock::time_point::max();

  /// Called with the current time; does what is due and returns when to look next (`never`: not by
  /// itself). Must not throw. It may destroy the watchdog.
  using look = std::function<clock::time_point(clock::time_point now)>;

  watchdog(const asio::any_io_executor& executor, look check);
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;
  ~watchdog();

  /// Looks at `when`, or earlier if that was asked for before. Needs no memory.
  void look_at(clock::time_point when) noexcept;

 private:
  friend class watchdog_service;
  using queue = std::set<std::pair<clock::time_point, watchdog*>>;
  class watchdog_service& service_;
  look check_;
  clock::time_point due_ = never;
  queue::node_type place_;  // in the queue, while it is not in there
};

}  // namespace websock::io
