// A stream that counts what is asked of it, and fails when it is told to.
#pragma once

#include <algorithm>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <limits>
#include <memory>
#include <utility>

#include "websock/io/byte_stream.hpp"

namespace support {

/// What the test sees of a stream that the session owns.
struct stream_account {
  std::size_t operations = 0;  // reads, writes and waits
  std::size_t reads = 0;
  std::size_t writes = 0;
  std::size_t fail_at = std::numeric_limits<std::size_t>::max();  // and from there on

  bool endless_input = false;  // the peer sends zeros, faster than anybody reads

  [[nodiscard]] bool fails_now() { return operations++ >= fail_at; }
};

class faulty_stream final : public websock::io::byte_stream {
 public:
  faulty_stream(websock::io::stream_ptr inner, std::shared_ptr<stream_account> account)
      : inner_{std::move(inner)}, account_{std::move(account)} {}

  std::size_t try_read(websock::mutable_bytes into, std::error_code& error) noexcept override {
    ++account_->reads;
    if (fails(error)) return 0;
    if (!account_->endless_input) return inner_->try_read(into, error);
    error.clear();
    std::ranges::fill(into, std::byte{});
    return into.size();
  }
  std::size_t try_write(std::span<const websock::bytes_view> buffers,
                        std::error_code& error) noexcept override {
    ++account_->writes;
    if (fails(error)) return 0;
    return inner_->try_write(buffers, error);
  }
  void shutdown_send() noexcept override { inner_->shutdown_send(); }
  void close() noexcept override { inner_->close(); }
  [[nodiscard]] bool is_open() const noexcept override { return inner_->is_open(); }
  [[nodiscard]] asio::any_io_executor get_executor() const noexcept override {
    return inner_->get_executor();
  }

  void start_wait(websock::io::direction which, websock::io::completion&& done) override {
    std::error_code error;
    if (!fails(error)) {
      inner_->start_wait(which, std::move(done));
      return;
    }
    asio::post(get_executor(), [here = get_executor(), done = std::move(done), error]() mutable {
      done.complete(here, error);
    });
  }
  void cancel_wait(websock::io::direction which) noexcept override { inner_->cancel_wait(which); }

 private:
  bool fails(std::error_code& error) noexcept {
    if (!account_->fails_now()) return false;
    error = asio::error::connection_reset;
    return true;
  }

  websock::io::stream_ptr inner_;
  std::shared_ptr<stream_account> account_;
};

}  // namespace support
