#include "websock/io/memory_pair.hpp"

#include <algorithm>
#include <array>
#include <asio/error.hpp>
#include <memory>
#include <new>
#include <span>

#include "io/reactor.hpp"
#include "websock/core/byte_buffer.hpp"

namespace websock::io {
namespace {

class memory_stream;

// What both ends share; outlives each of them.
struct pipe_pair {
  explicit pipe_pair(reactor& owner, std::size_t bytes) : context{owner}, capacity{bytes} {}
  reactor& context;
  std::size_t capacity;
  std::array<memory_stream*, 2> ends{};
};

class memory_stream final : public byte_stream {
 public:
  memory_stream(std::shared_ptr<pipe_pair> shared, std::size_t side)
      : shared_{std::move(shared)}, side_{side} {
    shared_->ends[side_] = this;
  }
  ~memory_stream() override { close(); }

  std::size_t try_read(mutable_bytes into, std::error_code& error) noexcept override {
    error.clear();
    if (!open_) {
      error = asio::error::operation_aborted;
    } else if (const std::size_t count = std::min(into.size(), incoming_.size() - read_); count != 0) {
      std::copy_n(incoming_.data() + read_, count, into.begin());
      read_ += count;
      compact();
      if (peer() != nullptr) peer()->wake(direction::write);
      return count;
    } else if (!ended_) {
      error = std::make_error_code(std::errc::operation_would_block);
    }
    return 0;
  }

  std::size_t try_write(std::span<const bytes_view> buffers, std::error_code& error) noexcept override {
    error.clear();
    std::size_t total = 0;
    if (!open_) {
      error = asio::error::operation_aborted;
    } else if (peer() == nullptr || shut_down_) {
      error = std::make_error_code(std::errc::broken_pipe);
    } else {
      std::size_t wanted = 0;
      try {
        for (const bytes_view buffer : buffers) {
          wanted += buffer.size();
          total += peer()->take_in(buffer);
        }
        if (total == 0 && wanted != 0) error = std::make_error_code(std::errc::operation_would_block);
      } catch (const std::bad_alloc&) {
        if (total == 0) error = std::make_error_code(std::errc::not_enough_memory);
      }
      if (total != 0) peer()->wake(direction::read);
    }
    return total;
  }

  void shutdown_send() noexcept override {
    if (!open_ || std::exchange(shut_down_, true) || peer() == nullptr) return;
    peer()->ended_ = true;
    peer()->wake(direction::read);
  }

  void close() noexcept override {
    if (!open_) return;
    shutdown_send();
    open_ = false;
    cancel_wait(direction::read);
    cancel_wait(direction::write);
    shared_->ends[side_] = nullptr;
    if (peer() != nullptr) peer()->wake(direction::write);
  }

  [[nodiscard]] bool is_open() const noexcept override { return open_; }
  [[nodiscard]] asio::any_io_executor get_executor() const noexcept override {
    return shared_->context.executor();
  }

  void start_wait(direction which, completion&& done) override {
    waiter& waiting = waiting_[static_cast<std::size_t>(which)];
    if (waiting || !open_) {
      shared_->context.post(std::move(done),
                            open_ ? asio::error::already_started : asio::error::operation_aborted);
      return;
    }
    shared_->context.parked().park(waiting, std::move(done));
    if (is_ready(which)) wake(which);
  }

  void cancel_wait(direction which) noexcept override { finish(which, asio::error::operation_aborted); }

 private:
  [[nodiscard]] memory_stream* peer() const noexcept { return shared_->ends[1 - side_]; }

  [[nodiscard]] bool is_ready(direction which) const noexcept {
    if (which == direction::read) return ended_ || read_ != incoming_.size();
    return peer() == nullptr || shut_down_ || peer()->room() != 0;
  }

  [[nodiscard]] std::size_t room() const noexcept { return shared_->capacity - (incoming_.size() - read_); }

  std::size_t take_in(bytes_view bytes) {
    const bytes_view fits = bytes.first(std::min(bytes.size(), room()));
    incoming_.append(fits);
    return fits.size();
  }

  void compact() noexcept {
    const std::size_t left = incoming_.size() - read_;
    if (left > read_) return;  // moves each byte once, at most
    std::copy_n(incoming_.data() + read_, left, incoming_.data());
    incoming_.truncate(left);
    read_ = 0;
  }

  void wake(direction which) noexcept { finish(which, {}); }

  void finish(direction which, std::error_code error) noexcept {
    waiter& waiting = waiting_[static_cast<std::size_t>(which)];
    if (waiting) shared_->context.post(waiting.take(), error);
  }

  std::shared_ptr<pipe_pair> shared_;
  std::size_t side_;
  byte_buffer incoming_;
  std::size_t read_ = 0;
  bool open_ = true;
  bool ended_ = false;      // the peer sends no more
  bool shut_down_ = false;  // we send no more
  std::array<waiter, 2> waiting_;
};

}  // namespace

std::pair<stream_ptr, stream_ptr> memory_pair(const asio::any_io_executor& executor, std::size_t capacity) {
  const auto shared = std::make_shared<pipe_pair>(reactor::of(executor), capacity);
  return {std::make_unique<memory_stream>(shared, 0), std::make_unique<memory_stream>(shared, 1)};
}

}  // namespace websock::io
