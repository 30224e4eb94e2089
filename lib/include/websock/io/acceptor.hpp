// Listening sockets: TCP and Unix.
#pragma once

#include <asio/any_io_executor.hpp>
#include <memory>

#include "websock/io/byte_stream.hpp"
#include "websock/io/endpoint.hpp"
#include "websock/task.hpp"

namespace websock::io {

class reactor;

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
  /// Accepts from the same socket on another thread. The path of a Unix socket stays the other's.
  acceptor(const acceptor& shared, asio::any_io_executor executor);
  acceptor(acceptor&&) noexcept;
  acceptor& operator=(acceptor&&) noexcept;
  ~acceptor();

  /// The next connection (TCP_NODELAY on). Rides out what is the peer's fault (ECONNABORTED) and
  /// waits, with growing pauses, where the process is out of descriptors or memory. Throws
  /// `operation_aborted` after `close()` or on cancellation; loses no connection then.
  task<stream_ptr> accept();

  /// The `remote_endpoint` of the connection that `accept` gave last, without asking the system once more.
  [[nodiscard]] std::string last_peer() const;

  [[nodiscard]] const endpoint& local() const noexcept;
  void close() noexcept;

 private:
  struct state;
  static std::unique_ptr<state> make_state(reactor& context, int fd, const endpoint& where);
  std::unique_ptr<state> state_;
};

}  // namespace websock::io
