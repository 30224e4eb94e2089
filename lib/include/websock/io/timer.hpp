// Waiting for time to pass, and not waiting for longer than that.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "websock/core/error.hpp"
#include "websock/core/units.hpp"
#include "websock/task.hpp"

namespace websock::io {

/// Completes after `time`. Throws `asio::error::operation_aborted` when cancelled.
task<void> sleep_for(duration time);

namespace detail {

template <typename T>
task<void> store(task<T> operation, std::shared_ptr<std::optional<T>> into) {
  T value = co_await std::move(operation);
  into->emplace(std::move(value));
}

/// Starts `work`, cancels it after `limit` or with the caller, and waits for its end, however long
/// that takes then. True: the limit passed first. `error` is what it threw.
task<bool> run_until(task<void> work, duration limit, std::exception_ptr& error);

[[noreturn]] void throw_end(bool late, const std::exception_ptr& error);

}  // namespace detail

/// Runs `operation` for at most `limit`. When that has passed the operation is cancelled and
/// awaited; then `errc::timed_out` is thrown, unless it has a value all the same: what it got is
/// never lost. Its own exception is thrown as it is. Cancelling the caller cancels the operation.
/// (Asio's `||` waits for the first success and so is no timeout.)
template <typename T>
task<T> with_timeout(task<T> operation, duration limit) {
  const auto value = std::make_shared<std::optional<T>>();
  task<void> work = detail::store(std::move(operation), value);
  std::exception_ptr error;
  const bool late = co_await detail::run_until(std::move(work), limit, error);
  if (!value->has_value()) detail::throw_end(late, error);
  co_return std::move(**value);
}

inline task<void> with_timeout(task<void> operation, duration limit) {
  std::exception_ptr error;
  const bool late = co_await detail::run_until(std::move(operation), limit, error);
  if (error) detail::throw_end(late, error);
}

}  // namespace websock::io
