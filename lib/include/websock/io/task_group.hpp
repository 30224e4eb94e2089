// Several coroutines that end together.
#pragma once

#include <asio/any_io_executor.hpp>
#include <memory>

#include "websock/task.hpp"

namespace websock::io {

/// Runs tasks side by side on one thread. The first that throws cancels the others; `join` waits
/// for all of them and then throws what that one threw; tasks that end because `cancel` was called
/// have not failed. Cancelling `join` cancels the tasks and waits for them. Destroying the group
/// cancels them; they end on their own then, so what they refer to must outlive them: prefer
/// `join`.
class task_group {
 public:
  explicit task_group(asio::any_io_executor executor);
  task_group(const task_group&) = delete;
  task_group& operator=(const task_group&) = delete;
  ~task_group();

  /// Starts a task on a later turn.
  void spawn(task<void> work);
  /// Completes when none is left. Tasks may be spawned while it waits.
  task<void> join();
  /// Cancels all that run now.
  void cancel();
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  struct state;
  class place;
  std::shared_ptr<state> state_;
};

}  // namespace websock::io
