// Tasks that need no coroutine of their own: what a session awaits once for each message.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <memory>
#include <utility>

namespace websock::detail {

/// A coroutine that awaits something.
using awaiting_frame = asio::detail::awaitable_frame_base<asio::any_io_executor>;

/// Owns a suspended coroutine together with those that await it in turn. Destroyed unresumed, it destroys
/// them, as Asio does with what waits in a context that ends.
class suspended_coroutine : private asio::detail::awaitable_thread<asio::any_io_executor> {
 public:
  /// Calls `prepare(cancellation_slot)` first. What that throws leaves the coroutine as it was.
  template <typename Prepare>
  suspended_coroutine(awaiting_frame& awaiting, const Prepare& prepare)
      : awaitable_thread{std::move(*detach(awaiting, prepare))} {}

  using awaitable_thread::get_cancellation_slot;

  /// Goes on, in `awaiting` that was suspended, or first in `called`, when that is to bring the result.
  void resume(awaiting_frame& awaiting, awaiting_frame* called) {
    awaiting.attach_thread(this);
    if (called != nullptr) called->push_frame(&awaiting);
    pump();
  }

 private:
  template <typename Prepare>
  static awaitable_thread* detach(awaiting_frame& awaiting, const Prepare& prepare) {
    awaitable_thread* const thread = awaiting.detach_thread();
    try {
      prepare(thread->get_cancellation_slot());
    } catch (...) {
      awaiting.attach_thread(thread);
      throw;
    }
    return thread;
  }
};

/// The base of a specialisation of `asio::awaitable<T>`. It is either the result of a coroutine, as any
/// other, or an operation, which is tried where it is awaited: mostly it is done then, and costs no coroutine.
///
/// `Operation` has
///   bool try_now()                        done; `result` gives the value, or throws
///   frame_type* begin(awaiting_frame&)    after a `try_now` that was not: the coroutine that brings the
///                                         result, or null when the operation will resume what awaits it
///   frame_type* instead()                 the coroutine that was chosen later than `begin`, or null
///   T result()
/// It is moved only before the first `try_now`.
template <typename T, typename Operation>
class direct_awaitable {
 public:
  using value_type = T;
  using executor_type = asio::any_io_executor;
  using frame_type = asio::detail::awaitable_frame<T, executor_type>;

  direct_awaitable() noexcept = default;
  explicit direct_awaitable(frame_type* frame) noexcept : frame_{frame} {}
  explicit direct_awaitable(Operation operation) noexcept
      : operation_{std::move(operation)}, is_direct_{true} {}
  direct_awaitable(direct_awaitable&& other) noexcept
      : frame_{std::exchange(other.frame_, nullptr)},
        operation_{std::move(other.operation_)},
        is_direct_{std::exchange(other.is_direct_, false)} {}
  direct_awaitable& operator=(direct_awaitable&& other) noexcept {
    if (this != &other) {
      std::destroy_at(this);
      std::construct_at(this, std::move(other));
    }
    return *this;
  }
  ~direct_awaitable() {
    if (frame_ != nullptr) frame_->destroy();
  }

  [[nodiscard]] bool valid() const noexcept { return frame_ != nullptr || is_direct_; }
  /// Gives up the coroutine to whoever runs it.
  [[nodiscard]] frame_type* release() noexcept { return std::exchange(frame_, nullptr); }

  bool await_ready() { return is_direct_ && operation_.try_now(); }

  template <typename U>
  void await_suspend(asio::detail::coroutine_handle<asio::detail::awaitable_frame<U, executor_type>> handle) {
    if (is_direct_) frame_ = operation_.begin(handle.promise());
    if (frame_ != nullptr) frame_->push_frame(&handle.promise());
  }

  T await_resume() {
    if (is_direct_ && frame_ == nullptr) frame_ = operation_.instead();
    return frame_ != nullptr ? frame_->get() : operation_.result();
  }

 private:
  frame_type* frame_ = nullptr;
  Operation operation_;
  bool is_direct_ = false;
};

}  // namespace websock::detail
