#include "websock/io/connect.hpp"

#include <sys/socket.h>

#include <asio/ip/tcp.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
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

task<std::vector<endpoint>> resolve(std::string host, std::uint16_t port) {
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::resolver resolver{executor};
  const std::string service = std::to_string(port);
  const auto found = co_await resolver.async_resolve(host, service, asio::use_awaitable);
  std::vector<endpoint> result;
  for (const auto& entry : found) {
    result.push_back({entry.endpoint().address().to_string(), entry.endpoint().port(), {}});
  }
  co_return result;
}

task<stream_ptr> connect(std::string host, std::uint16_t port) {
  const auto endpoints = co_await resolve(host, port);
  std::exception_ptr last;
  for (const endpoint& where : endpoints) {
    try {
      co_return co_await connect(where);
    } catch (const std::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
      last = std::current_exception();
    }
  }
  std::rethrow_exception(last);
}

}  // namespace websock::io
