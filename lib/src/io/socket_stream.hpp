// A byte stream over a connected socket: TCP or Unix.
#pragma once

#include "io/descriptor.hpp"
#include "io/reactor.hpp"
#include "websock/io/byte_stream.hpp"

namespace websock::io {

class socket_stream final : public byte_stream {
 public:
  /// Takes over a connected, non-blocking socket. TCP_NODELAY is set on TCP.
  socket_stream(reactor& reactor, int fd, bool is_tcp) noexcept;

  /// Writing is not possible yet: a connect is under way.
  void expect_write_event() noexcept { socket_.exhausted(direction::write); }

  std::size_t try_read(mutable_bytes into, std::error_code& error) noexcept override;
  std::size_t try_write(std::span<const bytes_view> buffers, std::error_code& error) noexcept override;
  void shutdown_send() noexcept override;
  void close() noexcept override { socket_.close(); }
  void reset() noexcept override;
  [[nodiscard]] bool is_open() const noexcept override { return socket_.is_open(); }
  [[nodiscard]] asio::any_io_executor get_executor() const noexcept override {
    return socket_.get_reactor().executor();
  }
  [[nodiscard]] std::string remote_address() const override;
  [[nodiscard]] std::string remote_endpoint() const override;

  void start_wait(direction which, completion&& done) override { socket_.start_wait(which, std::move(done)); }
  void cancel_wait(direction which) noexcept override { socket_.cancel_wait(which); }

 private:
  descriptor socket_;
  bool is_tcp_;
};

}  // namespace websock::io
