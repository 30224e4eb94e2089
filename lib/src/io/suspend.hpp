// The last step of a coroutine that waits: what is to resume it is handed over.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/cancellation_state.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <system_error>

#include "websock/io/completion.hpp"

namespace websock::io {

/// `co_await suspend(hand_over)` as the last statement of a `task<void>`: calls `hand_over(completion)`, and the
/// task ends when that completes. Asio's own initiation ends the program when it throws (in Asio 1.22 it runs in
/// a `noexcept` function, later behind the suspension), so whatever needs memory comes before, and `hand_over`
/// must not throw.
template <typename HandOver>
auto suspend(HandOver& hand_over) noexcept {
  using thread = asio::detail::awaitable_thread<asio::any_io_executor>;
  using handler = asio::detail::awaitable_handler<asio::any_io_executor, std::error_code>;
  return [&hand_over](auto* frame) noexcept {
    hand_over(completion{handler{frame->detach_thread()}});
    return static_cast<thread*>(nullptr);
  };
}

}  // namespace websock::io
