// Work for a later turn of the thread, posted without memory.
#pragma once

#include <asio/io_context.hpp>

// Behind io_context.hpp.
#include <asio/detail/scheduler.hpp>
#include <asio/detail/scheduler_operation.hpp>
#include <utility>

namespace websock::io {

/// Calls a function once for any number of posts before it. What is told to many, and when memory has run out,
/// must not need any.
class due_work final : private asio::detail::scheduler_operation {
 public:
  due_work(asio::io_context& context, void (*work)(void*), void* argument)
      : scheduler_operation{&complete},
        scheduler_{asio::use_service<asio::detail::scheduler>(context)},
        work_{work},
        argument_{argument} {}
  due_work(const due_work&) = delete;
  due_work& operator=(const due_work&) = delete;

  void post() noexcept {
    if (!std::exchange(is_posted_, true)) scheduler_.post_immediate_completion(this, false);
  }

 private:
  static void complete(void* scheduler, asio::detail::scheduler_operation* base, const std::error_code&,
                       std::size_t) {
    auto* const self = static_cast<due_work*>(base);
    self->is_posted_ = false;
    if (scheduler != nullptr) self->work_(self->argument_);  // else the context is destroyed
  }

  asio::detail::scheduler& scheduler_;
  void (*work_)(void*);
  void* argument_;
  bool is_posted_ = false;
};

}  // namespace websock::io
