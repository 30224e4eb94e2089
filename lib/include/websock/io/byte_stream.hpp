// The one seam of the library: a stream of bytes, whatever carries it.
#pragma once

#include <asio/any_io_executor.hpp>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "websock/core/bytes.hpp"
#include "websock/io/completion.hpp"
#include "websock/io/tls_info.hpp"
#include "websock/task.hpp"

namespace websock::io {

enum class direction : std::uint8_t { read, write };

/// Whether `try_read` or `try_write` says that it could do nothing now.
inline bool is_would_block(const std::error_code& error) noexcept {
  return error.value() == EAGAIN &&
         (error.category() == std::generic_category() || error.category() == std::system_category());
}

/// A bidirectional stream: TCP, a Unix socket, one end of an in-memory pair, TLS on any of these.
///
/// It has two faces. `try_read` and `try_write` never wait: they take what there is, and `wait`
/// says when to ask again; a session is built on them, so that an idle one holds no buffer. The
/// coroutines below them are what most programs use.
///
/// At most one coroutine may wait for each direction (`asio::error::already_started`). All
/// calls are made on the stream's thread. Cancelling a coroutine that waits loses no byte.
/// Errors are thrown as `std::system_error`; `asio::error::operation_aborted` after `close()`.
class byte_stream {
 public:
  byte_stream() = default;
  byte_stream(const byte_stream&) = delete;
  byte_stream& operator=(const byte_stream&) = delete;
  virtual ~byte_stream() = default;

  // --- Without waiting -------------------------------------------------------------------------

  /// Reads what is there into `into` (not empty). 0 without an error: the peer ended its side. 0
  /// with `std::errc::operation_would_block`: nothing now; `wait(direction::read)` says when.
  virtual std::size_t try_read(mutable_bytes into, std::error_code& error) noexcept = 0;

  /// Writes from the front of `buffers`, in order, as much as fits now (one system call). Fewer
  /// bytes than there are: `wait(direction::write)` says when to go on; the rest is to be offered
  /// again then, unchanged, before anything else (TLS may have encrypted some of it already).
  virtual std::size_t try_write(std::span<const bytes_view> buffers, std::error_code& error) noexcept = 0;

  /// Ends our side of the stream (TCP: FIN); reading goes on.
  virtual void shutdown_send() noexcept = 0;

  /// Ends the stream. Whoever waits gets `operation_aborted`. Idempotent.
  virtual void close() noexcept = 0;

  /// As `close`, but the peer is told by a reset (RST) where the stream is TCP, and what is under way
  /// is lost: for tests of peers.
  virtual void reset() noexcept { close(); }

  [[nodiscard]] virtual bool is_open() const noexcept = 0;

  /// Where completions run: the executor of the stream's thread.
  [[nodiscard]] virtual asio::any_io_executor get_executor() const noexcept = 0;

  /// The peer's address as text for logs and limits: "192.0.2.1", "2001:db8::1"; empty for what
  /// has none. `remote_endpoint` has the port too: "192.0.2.1:5000", "[2001:db8::1]:5000", "unix".
  [[nodiscard]] virtual std::string remote_address() const { return {}; }
  [[nodiscard]] virtual std::string remote_endpoint() const { return {}; }
  /// What TLS has agreed on; null without TLS.
  [[nodiscard]] virtual std::shared_ptr<const tls_info> tls() const { return nullptr; }

  // --- Coroutines ------------------------------------------------------------------------------

  /// Completes when `try_read` / `try_write` is worth another attempt.
  task<void> wait(direction which);

  /// Reads at least one byte; 0 at the end of the stream.
  task<std::size_t> read_some(mutable_bytes into);

  /// Fills `into`; `asio::error::eof` when the stream ends before. A cancelled call has taken
  /// an unknown number of bytes.
  task<void> read_exactly(mutable_bytes into);

  /// Writes all of it. A cancelled call has written an unknown part.
  task<void> write(bytes_view bytes);
  task<void> write(std::string_view text);

  // --- For implementers ------------------------------------------------------------------------

  /// Calls `done` once the direction is worth an attempt, never from inside this call.
  virtual void start_wait(direction which, completion&& done) = 0;
  /// Completes a wait under way with `operation_aborted`.
  virtual void cancel_wait(direction which) noexcept = 0;
};

using stream_ptr = std::unique_ptr<byte_stream>;

}  // namespace websock::io
