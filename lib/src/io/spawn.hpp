// Coroutines that run beside the one that starts them.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/cancellation_state.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <exception>
#include <utility>

#include "websock/task.hpp"

namespace websock::io {

/// A coroutine that nobody awaits, so that its frame is the only one there is for it. It lets no exception out.
using root_task = asio::awaitable<asio::detail::awaitable_thread_entry_point, asio::any_io_executor>;

/// Begins it now, on the executor's thread, which must be the caller's. It is no work in Asio's sense: something
/// else keeps `run` going.
inline void start(const asio::any_io_executor& executor, root_task work, asio::cancellation_slot stop = {}) {
  asio::detail::awaitable_thread<asio::any_io_executor> thread{std::move(work), executor, stop,
                                                               asio::cancellation_state{stop}};
  thread.launch();
}

namespace detail {

template <typename OnEnd>
root_task run_to_the_end(asio::any_io_executor executor, task<void> work, OnEnd on_end) {
  const auto keeps_running = asio::make_work_guard(executor);
  std::exception_ptr error;
  try {
    co_await std::move(work);
  } catch (...) {
    error = std::current_exception();
  }
  on_end(error);
}

template <typename OnEnd>
void launch(const asio::any_io_executor& executor, task<void> work, OnEnd on_end,
            asio::cancellation_slot stop) {
  const asio::cancellation_state outer{stop, asio::enable_total_cancellation{}};
  start(executor, run_to_the_end(executor, std::move(work), std::move(on_end)), outer.slot());
}

}  // namespace detail

struct ignore_end {
  void operator()(const std::exception_ptr&) const noexcept {}
};

/// As `asio::co_spawn`, which ends the program when there is no memory to begin with: throws `std::bad_alloc`
/// then, and nothing was started. `work` begins at once on the executor's thread, else on a later turn.
/// `on_end(std::exception_ptr)` is called on that thread.
template <typename OnEnd = ignore_end>
void spawn(const asio::any_io_executor& executor, task<void> work, OnEnd on_end = {},
           asio::cancellation_slot stop = {}) {
  const auto* const context = executor.target<asio::io_context::executor_type>();
  if (context != nullptr && context->running_in_this_thread()) {
    detail::launch(executor, std::move(work), std::move(on_end), stop);
    return;
  }
  auto later = [executor, work = std::move(work), on_end = std::move(on_end), stop]() mutable {
    detail::launch(executor, std::move(work), std::move(on_end), stop);
  };
  asio::post(executor, std::move(later));
}

}  // namespace websock::io
