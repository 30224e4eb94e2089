// Runs a coroutine of a test to its end, within a bounded time.
#pragma once

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <utility>

#include "websock/task.hpp"

namespace support {

/// Generous: it only keeps a hanging test from hanging the run.
inline constexpr std::chrono::seconds bound{60};

/// Runs `context` until `work` has ended; throws what it threw. What else was spawned goes on in
/// the next call, or ends with the context.
inline void run(asio::io_context& context, websock::task<void> work) {
  bool done = false;
  std::exception_ptr thrown;
  asio::co_spawn(context, std::move(work), [&](std::exception_ptr error) {
    done = true;
    thrown = error;
    context.stop();
  });
  context.restart();
  context.run_for(bound);
  if (!done) throw std::runtime_error{"the coroutine did not end in time"};
  if (thrown) std::rethrow_exception(thrown);
}

/// The error code that `work` throws; no error when it returns.
inline websock::task<std::error_code> error_of(websock::task<void> work) {
  try {
    co_await std::move(work);
  } catch (const std::system_error& error) {
    co_return error.code();
  }
  co_return std::error_code{};
}

}  // namespace support
