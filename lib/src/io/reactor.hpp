// How a thread learns of readiness: one epoll set, itself one descriptor in Asio's.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <asio/any_io_executor.hpp>
#include <asio/execution_context.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>

#include "io/shared_buffer.hpp"
#include "io/turn_end.hpp"
#include "io/waiter.hpp"
#include "websock/io/byte_stream.hpp"
#include "websock/io/completion.hpp"

namespace websock::io {

class descriptor;

/// The service of an `io_context` that runs on one thread. Asio would ask the system anew for each
/// wait (an epoll_ctl, or a recv that finds nothing); here a descriptor is registered once,
/// edge-triggered, and remembers what it knows (docs/design.md, "Readiness").
class reactor final : public asio::execution_context::service {
 public:
  static asio::execution_context::id id;

  explicit reactor(asio::execution_context& context);
  ~reactor() override;
  reactor(const reactor&) = delete;
  reactor& operator=(const reactor&) = delete;

  static reactor& of(const asio::any_io_executor& executor);

  [[nodiscard]] const asio::any_io_executor& executor() const noexcept { return executor_; }

  /// The time, read once an event.
  [[nodiscard]] std::chrono::steady_clock::time_point now() const noexcept {
    return dispatching_ ? now_ : std::chrono::steady_clock::now();
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

  /// Runs the hook once the coroutine that runs now has suspended.
  void at_turn_end(turn_end_hook& hook);

 private:
  friend class descriptor;
  static constexpr std::size_t scratch_size = 128 * 1024;

  void shutdown() noexcept override;
  void add(descriptor& source, std::uint32_t events);
  void modify(descriptor& source, std::uint32_t events);
  void forget(descriptor& source) noexcept;
  void wait_started();
  void wait_ended() noexcept;
  void arm();
  void dispatch();
  void handle(epoll_event& event);
  void run_turn_end();

  asio::any_io_executor executor_;
  asio::posix::stream_descriptor set_;
  std::chrono::steady_clock::time_point now_;
  std::size_t waits_ = 0;  // armed in Asio only while somebody waits, so that `run()` can end
  bool armed_ = false;
  bool dispatching_ = false;
  bool turn_end_posted_ = false;
  bool shut_down_ = false;
  turn_end_list turn_end_;
  waiter_list parked_;
  shared_buffer input_;
  std::unique_ptr<std::byte[]> scratch_;
  int batch_size_ = 0;
  std::array<epoll_event, 256> batch_;
};

/// A file descriptor with what is known of its readiness. Owns it.
class descriptor {
 public:
  /// How the set reports it. `edge`: `ready` holds until `exhausted`. `level` (listeners): an
  /// event stands for one attempt.
  enum class trigger : std::uint8_t { edge, level };

  descriptor(reactor& reactor, int fd, trigger how = trigger::edge) noexcept;
  ~descriptor();
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
  [[nodiscard]] reactor& get_reactor() const noexcept { return reactor_; }

  [[nodiscard]] bool ready(direction which) const noexcept { return sides_[index(which)].ready; }

  /// An attempt found nothing, or less than it asked for: not ready until the set says so. After
  /// the peer's end has been seen reading stays ready, since no further event would come.
  void exhausted(direction which) noexcept {
    if (which == direction::write || !hung_up_) sides_[index(which)].ready = false;
  }

  void start_wait(direction which, completion done);
  void cancel_wait(direction which) noexcept;
  void close() noexcept;

 private:
  friend class reactor;
  struct side {
    waiter waiting;
    bool ready = false;
  };
  static constexpr std::size_t index(direction which) noexcept { return static_cast<std::size_t>(which); }

  void watch(direction which);
  void end_wait(direction which, std::error_code error);
  void complete(direction which);

  reactor& reactor_;
  int fd_;
  std::uint32_t events_ = 0;  // as registered
  trigger trigger_;
  bool is_registered_ = false;
  bool hung_up_ = false;
  std::array<side, 2> sides_;
};

}  // namespace websock::io
