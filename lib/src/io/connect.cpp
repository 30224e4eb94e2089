#include "websock/io/connect.hpp"

#include <sys/socket.h>

#include <asio/this_coro.hpp>
#include <cerrno>
#include <system_error>

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

}  // namespace

task<stream_ptr> connect(endpoint where) {
  const auto executor = co_await asio::this_coro::executor;
  const socket_address address = to_socket_address(where);
  const int fd = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw_connect_error(errno, where);
  auto stream = std::make_unique<socket_stream>(reactor::of(executor), fd, where.unix_path.empty());
  if (::connect(fd, address.data(), address.size) != 0) {
    if (errno != EINPROGRESS) throw_connect_error(errno, where);
    stream->expect_write_event();
    co_await stream->wait(direction::write);
    if (const int error = pending_error(fd); error != 0) throw_connect_error(error, where);
  }
  co_return stream_ptr{std::move(stream)};
}

}  // namespace websock::io
