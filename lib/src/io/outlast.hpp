// Waiting that a cancellation of the waiting coroutine does not end.
#pragma once

#include <asio/this_coro.hpp>
#include <system_error>

#include "websock/io/notifier.hpp"
#include "websock/task.hpp"

namespace websock::io {

/// Waits on `event` until `done()`. A cancellation of the caller calls `on_cancelled()`, which is
/// to bring `done()` about soon, and the wait goes on: what the caller started must not outlive it.
template <typename Done, typename OnCancelled>
task<void> outlast(notifier& event, Done done, OnCancelled on_cancelled) {
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!done()) {
    try {
      co_await event.wait();
    } catch (const std::system_error&) {
      on_cancelled();
    }
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
}

}  // namespace websock::io
