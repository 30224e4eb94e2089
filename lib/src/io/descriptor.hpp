// A file descriptor and what is known of its readiness.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "io/asio_reactor.hpp"
#include "websock/io/byte_stream.hpp"
#include "websock/io/completion.hpp"

namespace websock::io {

class reactor;

/// Owns a descriptor that does not block. It is registered in Asio's epoll set once, edge-triggered, at
/// its first wait, and remembers what it knows: ready until an attempt found nothing
/// (docs/design.md, "Readiness"). Lives on its reactor's thread.
class descriptor {
 public:
  /// `is_shared`: another descriptor, perhaps of another thread, stands for the same file.
  descriptor(reactor& reactor, int fd, bool is_shared = false) noexcept;
  ~descriptor();
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
  [[nodiscard]] reactor& get_reactor() const noexcept { return reactor_; }

  [[nodiscard]] bool ready(direction which) const noexcept { return sides_[index(which)].ready; }

  /// An attempt found nothing: not ready until the set says so. After the peer's end has been seen
  /// reading stays ready, since no further event would come.
  void exhausted(direction which) noexcept {
    if (which == direction::write || !is_hung_up_) sides_[index(which)].ready = false;
  }

  /// A read of a TCP socket took all that there was: as exhausted, without having asked again. The peer's
  /// end may have come with it, unseen, so that is watched for from now on.
  void drained() noexcept {
    exhausted(direction::read);
    wants_hangup_ = true;
  }

  /// Completes when the direction is worth an attempt, never from inside this call.
  void start_wait(direction which, completion&& done);
  void cancel_wait(direction which) noexcept;
  void close() noexcept;

  /// The peer ended its side, or the connection broke.
  void hung_up() noexcept;

 private:
  class readiness;
  struct side {
    std::unique_ptr<readiness> wait;  // made by the first one
    bool ready = false;
  };
  static constexpr std::size_t index(direction which) noexcept { return static_cast<std::size_t>(which); }

  [[nodiscard]] bool will_report(direction first_wait) const noexcept;
  std::error_code enter_sets() noexcept;

  reactor& reactor_;
  asio_reactor::per_descriptor_data data_{};
  int fd_;
  bool is_shared_;
  bool is_hung_up_ = false;
  bool wants_hangup_ = false;
  bool watches_hangup_ = false;
  std::array<side, 2> sides_;
};

}  // namespace websock::io
