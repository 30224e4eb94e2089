// A byte stream inside TLS.
#pragma once

#include <memory>
#include <string>

#include "io/openssl.hpp"
#include "io/reactor.hpp"
#include "io/tls_wire.hpp"
#include "websock/io/tls.hpp"

namespace websock::io {

/// OpenSSL turns records into bytes and back in memory; what it reads and writes goes through the
/// inner stream in pieces as large as there are, so a record costs no system call of its own. While
/// nothing is under way the stream holds no buffer.
///
/// `try_write` reports bytes once their records are written. What was encrypted and is not written
/// yet is reported by later calls, to which the caller offers the same bytes again, as with any
/// stream that takes less than it is given.
class tls_stream final : public byte_stream {
 public:
  /// `host` is the client's; a server's is empty.
  tls_stream(stream_ptr inner, tls_context context, const std::string& host);
  ~tls_stream() override { close(); }

  /// Before all else. Throws as `connect_tls` does.
  task<void> handshake();

  std::size_t try_read(mutable_bytes into, std::error_code& error) noexcept override;
  std::size_t try_write(std::span<const bytes_view> buffers, std::error_code& error) noexcept override;
  void shutdown_send() noexcept override;
  void close() noexcept override;
  void reset() noexcept override;
  [[nodiscard]] bool is_open() const noexcept override { return inner_->is_open(); }
  [[nodiscard]] asio::any_io_executor get_executor() const noexcept override {
    return inner_->get_executor();
  }
  [[nodiscard]] std::string remote_address() const override { return inner_->remote_address(); }
  [[nodiscard]] std::string remote_endpoint() const override { return inner_->remote_endpoint(); }
  [[nodiscard]] std::shared_ptr<const tls_info> tls() const override;

  void start_wait(direction which, completion&& done) override;
  void cancel_wait(direction which) noexcept override { inner_->cancel_wait(which); }

 private:
  void expect(const std::string& host);
  bool advance();
  task<void> write_records();
  task<void> read_records();
  std::size_t read_plain(mutable_bytes into, std::error_code& error) noexcept;
  bool refill(std::error_code& error) noexcept;
  void keep_rest() noexcept;
  std::size_t encrypt(std::span<const bytes_view> buffers, std::size_t skip, std::error_code& error) noexcept;
  std::error_code flush() noexcept;
  void say_goodbye() noexcept;
  void finish_later();
  [[noreturn]] void fail_handshake();

  stream_ptr inner_;
  tls_context context_;
  reactor& reactor_;
  tls_wire wire_;
  ssl_ptr ssl_;
  std::size_t encrypted_ = 0;   // bytes of the caller's that wait in `wire_.output`
  std::size_t written_ = 0;     // that have left it, which the caller does not know yet
  std::string host_;            // the client's, for errors; gone after the handshake
  std::error_code failure_;     // of reading; for good
  bool is_ready_ = false;
  bool said_goodbye_ = false;
  std::shared_ptr<tls_stream*> alive_;  // for a FIN that has to wait
};

}  // namespace websock::io
