// Listening sockets, and connecting ones, for TCP and Unix.
#pragma once

#include <asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "websock/io/byte_stream.hpp"
#include "websock/task.hpp"

namespace websock::io {

/// An address of a stream socket: IPv4, IPv6 or a Unix path.
struct endpoint {
  std::string address;      ///< IP literal ("127.0.0.1", "::1"); empty for a Unix socket
  std::uint16_t port = 0;
  std::string unix_path;

  /// "127.0.0.1:8888", "[::1]:8888", "unix:/run/websock.sock"
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const endpoint&, const endpoint&) = default;
};

struct listen_options {
  int backlog = 4096;
  /// Several acceptors of one port share its connections, one a thread (SO_REUSEPORT).
  bool reuse_port = false;
};

/// Listens from its construction on. Port 0 lets the system choose; `local()` tells. A Unix
/// socket's path is unlinked before the bind when nobody answers there, and again by `close()`.
/// Throws `std::system_error` whose text names the endpoint ("cannot listen on 127.0.0.1:80:
/// Permission denied").
class acceptor {
 public:
  acceptor(asio::any_io_executor executor, const endpoint& where, const listen_options& options = {});
  acceptor(acceptor&&) noexcept;
  acceptor& operator=(acceptor&&) noexcept;
  ~acceptor();

  /// The next connection (TCP_NODELAY on). Rides out what is the peer's fault (ECONNABORTED) and
  /// waits, with growing pauses, where the process is out of descriptors or memory. Throws
  /// `operation_aborted` after `close()` or on cancellation; loses no connection then.
  task<stream_ptr> accept();

  [[nodiscard]] const endpoint& local() const noexcept;
  void close() noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Connects to one endpoint. TCP_NODELAY on.
task<stream_ptr> connect(asio::any_io_executor executor, endpoint where);

/// Resolves a host name or IP literal to endpoints, in the resolver's order. Cancellable.
task<std::vector<endpoint>> resolve(asio::any_io_executor executor, std::string host, std::uint16_t port);

/// Resolves and connects: the first endpoint that answers, each in turn.
task<stream_ptr> connect(asio::any_io_executor executor, std::string host, std::uint16_t port);

/// Two streams that are each other's peer, in memory; each side buffers up to `capacity` bytes.
std::pair<stream_ptr, stream_ptr> memory_pair(asio::any_io_executor executor, std::size_t capacity = 64 * 1024);

}  // namespace websock::io
