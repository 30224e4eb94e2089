// Work that is to happen once, when the coroutine that runs now has suspended.
#pragma once

#include <utility>

namespace websock::io {

/// A node of the list; takes itself out when it is destroyed.
class turn_end_hook {
 public:
  turn_end_hook() = default;
  turn_end_hook(const turn_end_hook&) = delete;
  turn_end_hook& operator=(const turn_end_hook&) = delete;

  [[nodiscard]] bool is_queued() const noexcept { return previous_ != nullptr; }

  void unqueue() noexcept {
    if (previous_ == nullptr) return;
    *previous_ = next_;
    if (next_ != nullptr) next_->previous_ = previous_;
    previous_ = nullptr;
    next_ = nullptr;
  }

 protected:
  virtual ~turn_end_hook() { unqueue(); }

 private:
  friend class turn_end_list;
  virtual void on_turn_end() noexcept = 0;

  turn_end_hook* next_ = nullptr;
  turn_end_hook** previous_ = nullptr;
};

class turn_end_list {
 public:
  void push(turn_end_hook& hook) noexcept {
    hook.next_ = first_;
    hook.previous_ = &first_;
    if (first_ != nullptr) first_->previous_ = &hook.next_;
    first_ = &hook;
  }

  void run() noexcept {
    while (first_ != nullptr) {
      turn_end_hook& hook = *first_;
      hook.unqueue();
      hook.on_turn_end();
    }
  }

 private:
  turn_end_hook* first_ = nullptr;
};

}  // namespace websock::io
