// Which peers have ended their side: what Asio's epoll set does not ask for.
#pragma once

#include <asio/detail/reactor_op.hpp>
#include <system_error>

#include "io/asio_reactor.hpp"

namespace websock::io {

class descriptor;

/// An epoll set of its own for EPOLLRDHUP, itself one descriptor in Asio's. It is silent until a peer
/// ends its side, so it costs a busy connection nothing; then it tells the descriptor (`hung_up`).
class hangup_set final : private asio::detail::reactor_op {
 public:
  /// Throws `std::system_error`.
  explicit hangup_set(asio_reactor& reactor);
  hangup_set(const hangup_set&) = delete;
  hangup_set& operator=(const hangup_set&) = delete;
  ~hangup_set();

  /// Watches until the descriptor is closed. One event at most is told.
  std::error_code add(descriptor& source) noexcept;

 private:
  void tell() noexcept;

  int set_;
  asio_reactor::per_descriptor_data data_{};
};

}  // namespace websock::io
