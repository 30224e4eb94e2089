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
namespace detail {

using spawned = asio::awaitable<asio::detail::awaitable_thread_entry_point, asio::any_io_executor>;

template <typename OnEnd>
spawned run_to_the_end(asio::any_io_executor executor, task<void> work, OnEnd on_end) {
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
  const asio::cancellation_state inner{outer.slot()};
  auto entry = run_to_the_end(executor, std::move(work), std::move(on_end));
  asio::detail::awaitable_thread<asio::any_io_executor> thread{std::move(entry), executor, outer.slot(),
                                                               inner};
  thread.launch();
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
