#include "io/socket_stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/error.hpp>
#include <cerrno>
#include <utility>

#include "io/address.hpp"

namespace websock::io {
namespace {

std::error_code would_block() noexcept { return std::make_error_code(std::errc::operation_would_block); }

bool is_would_block(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

socket_stream::socket_stream(reactor& reactor, int fd, bool is_tcp) noexcept
    : socket_{reactor, fd}, is_tcp_{is_tcp} {}

void set_no_delay(int fd) noexcept {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

std::size_t socket_stream::try_read(mutable_bytes into, std::error_code& error) noexcept {
  error.clear();
  if (!socket_.is_open()) {
    error = asio::error::operation_aborted;
    return 0;
  }
  if (!socket_.ready(direction::read)) {
    error = would_block();
    return 0;
  }
  ssize_t count = 0;
  do {
    count = ::recv(socket_.fd(), into.data(), into.size(), 0);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    if (is_would_block(errno)) {
      socket_.exhausted(direction::read);
      error = would_block();
    } else {
      error.assign(errno, std::generic_category());
    }
    return 0;
  }
  // TCP hands out all it has, so after a short read it is empty: asking again would cost a system
  // call for nothing. A Unix socket may stop short at the border of a message with credentials.
  if (is_tcp_ && static_cast<std::size_t>(count) < into.size()) socket_.drained();
  return static_cast<std::size_t>(count);
}

std::size_t socket_stream::try_write(std::span<const bytes_view> buffers, std::error_code& error) noexcept {
  error.clear();
  if (!socket_.is_open()) {
    error = asio::error::operation_aborted;
    return 0;
  }
  if (!socket_.ready(direction::write)) {
    error = would_block();
    return 0;
  }
  std::array<iovec, 8> parts;  // NOLINT: filled below
  std::size_t wanted = 0;
  const std::size_t used = std::min(buffers.size(), parts.size());
  for (std::size_t i = 0; i < used; ++i) {
    parts[i] = {const_cast<std::byte*>(buffers[i].data()), buffers[i].size()};
    wanted += buffers[i].size();
  }
  ssize_t count = 0;
  do {
    if (used == 1) {
      count = ::send(socket_.fd(), parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL);
    } else {
      msghdr message{};
      message.msg_iov = parts.data();
      message.msg_iovlen = used;
      count = ::sendmsg(socket_.fd(), &message, MSG_NOSIGNAL);
    }
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    if (is_would_block(errno)) {
      socket_.exhausted(direction::write);
      error = would_block();
    } else {
      error.assign(errno, std::generic_category());
    }
    return 0;
  }
  if (static_cast<std::size_t>(count) < wanted) socket_.exhausted(direction::write);
  return static_cast<std::size_t>(count);
}

void socket_stream::shutdown_send() noexcept {
  if (socket_.is_open() && !std::exchange(is_shut_down_, true)) ::shutdown(socket_.fd(), SHUT_WR);
}

void socket_stream::reset() noexcept {
  const linger at_once{1, 0};
  if (socket_.is_open() && is_tcp_)
    ::setsockopt(socket_.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  socket_.close();
}

std::unique_ptr<socket_stream> make_socket_stream(reactor& reactor, int fd, bool is_tcp) {
  try {
    return std::make_unique<socket_stream>(reactor, fd, is_tcp);
  } catch (...) {
    ::close(fd);
    throw;
  }
}

std::string socket_stream::remote_address() const { return peer_of(socket_.fd()).address; }

std::string socket_stream::remote_endpoint() const {
  const endpoint peer = peer_of(socket_.fd());
  return peer.address.empty() ? "unix" : peer.to_string();
}

}  // namespace websock::io
