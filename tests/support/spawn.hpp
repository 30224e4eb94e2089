// Coroutines beside the test's own.
#pragma once

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "support/run.hpp"
#include "websock/task.hpp"

namespace support {

/// Starts a coroutine; what it throws is its own matter.
inline void spawn(asio::io_context& context, websock::task<void> work) {
  asio::co_spawn(context, std::move(work), asio::detached);
}

/// Keeps the error code that `work` throws, and tells that it has ended.
inline websock::task<void> store_error(websock::task<void> work, std::error_code& error, bool& ended) {
  try {
    co_await std::move(work);
  } catch (const std::system_error& thrown) {
    error = thrown.code();
  }
  ended = true;
}

/// Runs `context` until `condition()`, within a bounded time.
template <typename Condition>
void poll_until(asio::io_context& context, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + bound;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error{"it did not come to pass in time"};
    context.restart();
    context.run_one_for(std::chrono::milliseconds{100});
  }
}

}  // namespace support
