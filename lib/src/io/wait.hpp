// The awaitable around anything that has `start_wait` and `cancel_wait`.
#pragma once

#include "io/suspend.hpp"
#include "websock/io/byte_stream.hpp"
#include "websock/task.hpp"

namespace websock::io {

/// Completes when `source` is ready for `which`; throws `asio::error::operation_aborted` when it
/// is closed or the wait cancelled. `source` must outlive the wait.
template <typename Source>
task<void> async_wait(Source& source, direction which) {
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (auto slot = cancellation.slot(); slot.is_connected()) {
    slot.assign([&source, which](asio::cancellation_type) { source.cancel_wait(which); });
  }
  const auto start = [&source, which](completion done) noexcept {
    source.start_wait(which, std::move(done));
  };
  co_await suspend(start);
}

}  // namespace websock::io
