// A completion that waits, where its context can find it when it is destroyed.
#pragma once

#include <system_error>
#include <utility>

#include "websock/io/completion.hpp"

namespace websock::io {

class waiter_list;

/// Holds at most one completion. A coroutine that waits owns, through its frame, the very object
/// that holds its completion; the list in the reactor is what breaks that circle when the context
/// goes away.
class waiter {
 public:
  waiter() = default;
  waiter(const waiter&) = delete;
  waiter& operator=(const waiter&) = delete;
  ~waiter() { unlink(); }

  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(done_); }

  completion take() noexcept {
    unlink();
    return std::move(done_);
  }

  /// What `take` is to be completed with; for those that are due.
  std::error_code result;

 private:
  friend class waiter_list;

  void unlink() noexcept {
    if (previous_ == nullptr) return;
    *previous_ = next_;
    if (next_ != nullptr) next_->previous_ = previous_;
    previous_ = nullptr;
  }

  completion done_;
  waiter* next_ = nullptr;
  waiter** previous_ = nullptr;
};

class waiter_list {
 public:
  void park(waiter& where, completion done) noexcept {
    where.done_ = std::move(done);
    where.next_ = first_;
    where.previous_ = &first_;
    if (first_ != nullptr) first_->previous_ = &where.next_;
    first_ = &where;
  }

  /// Destroys what waits, uncalled. Doing so may destroy other waiters of the list.
  void destroy_all() noexcept {
    while (first_ != nullptr) {
      const completion doomed = first_->take();
    }
  }

 private:
  waiter* first_ = nullptr;
};

}  // namespace websock::io
