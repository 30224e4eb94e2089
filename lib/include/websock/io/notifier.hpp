// Coroutines that wait for something that other code on the same thread will say.
#pragma once

#include <asio/any_io_executor.hpp>
#include <memory>

#include "websock/task.hpp"

namespace websock::io {

class reactor;

/// Like a condition variable, for the coroutines of one thread: wait in a loop around the
/// condition. Waiting coroutines go on in the order in which they came, on a later turn, never
/// inside the call that notifies. Cancelling a wait takes it out. Destroying the notifier cancels
/// who waits.
class notifier {
 public:
  explicit notifier(const asio::any_io_executor& executor);
  /// The same, for what is many and knows its thread already.
  explicit notifier(reactor& home) noexcept : home_{home} {}
  notifier(const notifier&) = delete;
  notifier& operator=(const notifier&) = delete;
  ~notifier();

  /// Throws `asio::error::operation_aborted` when cancelled.
  task<void> wait();
  void notify_one() noexcept;
  void notify_all() noexcept;
  [[nodiscard]] bool has_waiters() const noexcept;

 private:
  struct state;  // made by the first wait: a notifier that nobody uses is three pointers
  reactor& home_;
  std::shared_ptr<state> state_;
};

}  // namespace websock::io
