// What the sockets, sessions and notifiers of one thread share.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/execution_context.hpp>
#include <chrono>
#include <ctime>
#include <memory>

#include "io/asio_reactor.hpp"
#include "io/hangup_set.hpp"
#include "io/shared_buffer.hpp"
#include "io/turn_end.hpp"
#include "io/waiter.hpp"
#include "websock/core/bytes.hpp"
#include "websock/io/completion.hpp"

namespace websock::io {

/// The service of an `io_context` that runs on one thread. A turn is what runs from one completion
/// until the coroutine suspends.
class reactor final : public asio::execution_context::service {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  static asio::execution_context::id id;

  explicit reactor(asio::execution_context& context);
  reactor(const reactor&) = delete;
  reactor& operator=(const reactor&) = delete;

  static reactor& of(const asio::any_io_executor& executor);

  [[nodiscard]] const asio::any_io_executor& executor() const noexcept { return executor_; }

  /// Asio's own. Its epoll set reports readiness.
  [[nodiscard]] asio_reactor& underlying() noexcept { return underlying_; }

  /// Tells the descriptor when its peer ends, once.
  std::error_code watch_hangup(descriptor& source) noexcept { return hangups_.add(source); }

  /// The time of the system's last tick, some milliseconds old at most, read at most once a turn: for what
  /// happened when, as far as timeouts need to know.
  [[nodiscard]] time_point now() noexcept {
    if (!in_turn_ || now_ == time_point::min()) now_ = last_tick();
    return now_;
  }

  /// The thread's input buffer.
  [[nodiscard]] shared_buffer& input() noexcept { return input_; }

  /// Memory for use within one call: nobody keeps anything in it.
  [[nodiscard]] mutable_bytes scratch() {
    if (scratch_ == nullptr) scratch_ = std::make_unique_for_overwrite<std::byte[]>(scratch_size);
    return {scratch_.get(), scratch_size};
  }

  /// Everything of this thread that waits and is not known to Asio itself.
  [[nodiscard]] waiter_list& parked() noexcept { return parked_; }

  /// Completes on a later turn.
  void post(completion done, std::error_code error);

  /// Completes now, as a turn. Not to be called within one.
  void resume(completion&& done, std::error_code error);

  /// Runs the hook once the coroutine that runs now has suspended.
  void at_turn_end(turn_end_hook& hook);

 private:
  static constexpr std::size_t scratch_size = 128 * 1024;
  [[nodiscard]] static time_point last_tick() noexcept {
    timespec tick{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &tick);
    return time_point{std::chrono::seconds{tick.tv_sec} + std::chrono::nanoseconds{tick.tv_nsec}};
  }

  void shutdown() noexcept override { parked_.destroy_all(); }

  asio::any_io_executor executor_;
  asio_reactor& underlying_;
  hangup_set hangups_;
  time_point now_;
  bool in_turn_ = false;
  bool turn_end_posted_ = false;
  turn_end_list turn_end_;
  waiter_list parked_;
  shared_buffer input_;
  std::unique_ptr<std::byte[]> scratch_;
};

}  // namespace websock::io
