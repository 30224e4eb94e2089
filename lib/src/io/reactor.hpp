// What the sockets, sessions and notifiers of one thread share.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/execution_context.hpp>
#include <chrono>
#include <ctime>
#include <list>
#include <memory>
#include <new>

#include "io/asio_reactor.hpp"
#include "io/due_work.hpp"
#include "io/hangup_set.hpp"
#include "io/shared_buffer.hpp"
#include "io/turn_end.hpp"
#include "io/waiter.hpp"
#include "websock/core/bytes.hpp"
#include "websock/io/completion.hpp"
#include "websock/task.hpp"

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

  /// Memory for use within one call: nobody keeps anything in it. Empty where there is none.
  [[nodiscard]] mutable_bytes scratch() noexcept {
    if (scratch_ == nullptr) scratch_.reset(new (std::nothrow) std::byte[scratch_size]);
    return {scratch_.get(), scratch_ == nullptr ? 0 : scratch_size};
  }

  /// Everything of this thread that waits and is not known to Asio itself.
  [[nodiscard]] waiter_list& parked() noexcept { return parked_; }

  /// Completes on a later turn. Without memory a reserve serves; beyond it who waits is destroyed.
  void post(completion done, std::error_code error) noexcept;

  /// Takes a waiter out of its list, and completes it on a later turn. Needs no memory.
  void post(std::list<waiter>& from, std::list<waiter>::iterator which, std::error_code error) noexcept;

  /// Lets others of the thread go first.
  task<void> next_turn();

  /// Completes now, as a turn. Not to be called within one.
  void resume(completion&& done, std::error_code error);

  /// Runs the hook once the coroutine that runs now has suspended.
  void at_turn_end(turn_end_hook& hook) noexcept;

 private:
  static constexpr std::size_t scratch_size = 128 * 1024;
  static constexpr std::size_t reserve_size = 64;
  [[nodiscard]] static time_point last_tick() noexcept {
    timespec tick{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &tick);
    return time_point{std::chrono::seconds{tick.tv_sec} + std::chrono::nanoseconds{tick.tv_nsec}};
  }

  static asio_reactor& initialized(asio_reactor& underlying);
  void shutdown() noexcept override;
  void add_due(std::list<waiter>& node, std::error_code error) noexcept;
  void work_off();
  void complete_first_due();

  asio::any_io_executor executor_;
  asio_reactor& underlying_;
  time_point now_;
  bool in_turn_ = false;
  due_work due_work_;
  turn_end_list turn_end_;
  waiter_list parked_;
  std::list<waiter> due_;
  std::list<waiter> reserve_;
  hangup_set hangups_;
  shared_buffer input_;
  std::unique_ptr<std::byte[]> scratch_;
};

}  // namespace websock::io
