// Calls that block, beside the event loop.
#pragma once

#include <asio/any_io_executor.hpp>
#include <functional>
#include <memory>

#include "websock/io/notifier.hpp"
#include "websock/task.hpp"

/// Terminals, pipes and files are read and written by calls that block: epoll refuses plain files, and
/// O_NONBLOCK would belong to the terminal and outlive this program. So each of them has a thread that
/// makes one call after the other, when asked. The thread is not waited for: one that blocks must
/// not keep the process alive, and ends with it.
class background {
 public:
  explicit background(asio::any_io_executor executor);
  background(const background&) = delete;
  background& operator=(const background&) = delete;
  ~background();

  /// Completes when the call has returned, or after `abandon`. One at a time. The call must own what it
  /// touches: after `abandon`, a cancellation or the end of this object it goes on by itself.
  websock::task<void> run(std::function<void()> call);
  /// Waits for no call any more, for good.
  void abandon() noexcept;

 private:
  struct shared;
  std::shared_ptr<shared> shared_;
  websock::io::notifier returned_;
};
