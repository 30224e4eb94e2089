#include "websock/io/connect.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <asio/this_coro.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

#include "io/address.hpp"
#include "io/reactor.hpp"
#include "io/socket_stream.hpp"
#include "io/wait.hpp"

namespace websock::io {
namespace {

[[noreturn]] void throw_connect_error(int error, const endpoint& where) {
  throw std::system_error{error, std::generic_category(), "cannot connect to " + where.to_string()};
}

int pending_error(int fd) noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

// The port is chosen when the socket connects, so that one address has as many as there are peers' ports
// times its own.
void bind_to(int fd, const std::string& local_address) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const socket_address address = to_socket_address({local_address, 0, {}});
  if (::bind(fd, address.data(), address.size) != 0) {
    throw std::system_error{errno, std::generic_category(), "cannot connect from " + local_address};
  }
}

}  // namespace

task<stream_ptr> connect(endpoint where) { return connect(std::move(where), std::string{}); }

task<stream_ptr> connect(endpoint where, std::string local_address) {
  const auto executor = co_await asio::this_coro::executor;
  const socket_address address = to_socket_address(where);
  const int fd = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw_connect_error(errno, where);
  auto stream = make_socket_stream(reactor::of(executor), fd, where.unix_path.empty());
  if (where.unix_path.empty()) set_no_delay(fd);
  if (!local_address.empty() && where.unix_path.empty()) bind_to(fd, local_address);
  if (::connect(fd, address.data(), address.size) != 0) {
    if (errno != EINPROGRESS) throw_connect_error(errno, where);
    stream->expect_write_event();
    co_await stream->wait(direction::write);
    if (const int error = pending_error(fd); error != 0) throw_connect_error(error, where);
  }
  co_return stream_ptr{std::move(stream)};
}

}  // namespace websock::io
