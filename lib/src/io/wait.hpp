// The awaitable around anything that has `start_wait` and `cancel_wait`.
#pragma once

#include <asio/associated_cancellation_slot.hpp>
#include <asio/async_result.hpp>
#include <asio/use_awaitable.hpp>

#include "websock/io/byte_stream.hpp"
#include "websock/task.hpp"

namespace websock::io {

/// Completes when `source` is ready for `which`; throws `asio::error::operation_aborted` when it
/// is closed or the wait cancelled. `source` must outlive the wait.
template <typename Source>
task<void> async_wait(Source& source, direction which) {
  const auto start = [&source, which](auto handler) {
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
      slot.assign([&source, which](asio::cancellation_type) { source.cancel_wait(which); });
    }
    source.start_wait(which, completion{std::move(handler)});
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(std::error_code)>(start,
                                                                                    asio::use_awaitable);
}

}  // namespace websock::io
