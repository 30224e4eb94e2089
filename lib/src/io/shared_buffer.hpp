// One large input buffer for all streams of a thread.
#pragma once

#include <cstddef>
#include <memory>

#include "websock/core/bytes.hpp"

namespace websock::io {

/// Whoever reads borrows it whole, and may leave unused input in it until somebody else borrows:
/// only then does the former user have to move its remainder elsewhere. So a session that keeps up
/// with its input never copies it, and an idle one holds no buffer.
class shared_buffer {
 public:
  class user {
   public:
    user() = default;
    user(const user&) = delete;
    user& operator=(const user&) = delete;

   protected:
    virtual ~user() = default;

   private:
    friend class shared_buffer;
    /// The buffer is about to be overwritten: save what is still needed.
    virtual void on_evicted() noexcept = 0;
  };

  static constexpr std::size_t size = 256 * 1024;

  mutable_bytes borrow(user& next) {
    if (memory_ == nullptr) memory_ = std::make_unique_for_overwrite<std::byte[]>(size);
    if (user_ != &next) {
      if (user_ != nullptr) user_->on_evicted();
      user_ = &next;
    }
    return {memory_.get(), size};
  }

  void release(user& former) noexcept {
    if (user_ == &former) user_ = nullptr;
  }

 private:
  std::unique_ptr<std::byte[]> memory_;
  user* user_ = nullptr;
};

}  // namespace websock::io
