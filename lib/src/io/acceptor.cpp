#include "websock/io/acceptor.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <asio/error.hpp>
#include <cerrno>
#include <system_error>

#include "io/address.hpp"
#include "io/descriptor.hpp"
#include "io/reactor.hpp"
#include "io/socket_stream.hpp"
#include "io/wait.hpp"
#include "websock/io/timer.hpp"

namespace websock::io {
namespace {

constexpr duration first_pause{10};
constexpr duration longest_pause{1000};
constexpr std::uint8_t fair_share = 16;  // connections in a row, before others of the thread go on

[[noreturn]] void throw_errno(int error, const std::string& what) {
  throw std::system_error{error, std::generic_category(), what};
}

int open_listener(const endpoint& where, const listen_options& options, socket_address& address) {
  const int fd = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw_errno(errno, "cannot listen on " + where.to_string());
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (where.unix_path.empty()) set_no_delay(fd);  // what it accepts inherits it
  if (options.reuse_port) ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (address.family() == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(fd, address.data(), address.size) != 0 || ::listen(fd, options.backlog) != 0) {
    const int error = errno;
    ::close(fd);
    throw_errno(error, "cannot listen on " + where.to_string());
  }
  return fd;
}

// A socket file that a dead process left behind would make every later bind fail. One that still
// answers belongs to somebody.
void remove_stale_socket(const endpoint& where, const socket_address& address) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (probe < 0) return;
  const bool refused = ::connect(probe, address.data(), address.size) != 0 && errno == ECONNREFUSED;
  ::close(probe);
  if (refused) ::unlink(where.unix_path.c_str());
}

endpoint local_of(int fd) {
  socket_address address;
  if (::getsockname(fd, address.data(), &address.size) != 0) throw_errno(errno, "getsockname");
  return to_endpoint(address);
}

// What accept4 says of one connection that is gone already, not of the listener (accept(2)).
bool concerns_one_connection(int error) noexcept {
  return error == ECONNABORTED || error == EINTR || error == EPROTO || error == EPERM || error == ENETDOWN ||
         error == ENOPROTOOPT || error == EHOSTDOWN || error == ENONET || error == EHOSTUNREACH ||
         error == EOPNOTSUPP || error == ENETUNREACH;
}

bool is_exhaustion(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

struct acceptor::state {
  state(reactor& context, int fd, const endpoint& where) : listener{context, fd, true}, local{where} {}

  ~state() { close(); }

  void close() noexcept {
    if (!listener.is_open()) return;
    listener.close();
    if (owns_path) ::unlink(local.unix_path.c_str());
  }

  descriptor listener;
  endpoint local;
  socket_address peer;  // of the connection that was accepted last
  bool owns_path = false;
  std::uint8_t in_a_row = 0;  // connections, without having waited
};

acceptor::acceptor(asio::any_io_executor executor, const endpoint& where, const listen_options& options) {
  socket_address address = to_socket_address(where);
  if (!where.unix_path.empty()) remove_stale_socket(where, address);
  const int fd = open_listener(where, options, address);
  state_ = make_state(reactor::of(executor), fd, where);
  if (where.unix_path.empty()) {
    state_->local = local_of(fd);
  } else {
    state_->owns_path = true;
  }
}

acceptor::acceptor(const acceptor& shared, asio::any_io_executor executor) {
  const int fd = ::fcntl(shared.state_->listener.fd(), F_DUPFD_CLOEXEC, 0);
  if (fd < 0) throw_errno(errno, "cannot listen on " + shared.local().to_string());
  state_ = make_state(reactor::of(executor), fd, shared.local());
}

std::unique_ptr<acceptor::state> acceptor::make_state(reactor& context, int fd, const endpoint& where) {
  try {
    return std::make_unique<state>(context, fd, where);
  } catch (...) {
    ::close(fd);
    throw;
  }
}

acceptor::acceptor(acceptor&&) noexcept = default;
acceptor& acceptor::operator=(acceptor&&) noexcept = default;
acceptor::~acceptor() = default;

task<stream_ptr> acceptor::accept() {
  duration pause = first_pause;
  while (state_->listener.is_open()) {
    if (!state_->listener.ready(direction::read)) {
      state_->in_a_row = 0;
      co_await async_wait(state_->listener, direction::read);
    } else if (++state_->in_a_row == fair_share) {
      state_->in_a_row = 0;
      co_await state_->listener.get_reactor().next_turn();
    }
    state_->peer.size = sizeof state_->peer.storage;
    const int fd = ::accept4(state_->listener.fd(), state_->peer.data(), &state_->peer.size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
      co_return make_socket_stream(state_->listener.get_reactor(), fd, state_->local.unix_path.empty());
    const int error = errno;
    if (is_exhaustion(error)) {  // others give theirs back in time; spinning would not help them
      co_await sleep_for(pause);
      pause = std::min(pause * 2, longest_pause);
    } else if (error == EAGAIN) {
      state_->listener.exhausted(direction::read);
    } else if (!concerns_one_connection(error)) {
      throw_errno(error, "accept on " + state_->local.to_string());
    }
  }
  throw std::system_error{asio::error::operation_aborted, "accept"};
}

std::string acceptor::last_peer() const {
  return state_->local.unix_path.empty() ? to_endpoint(state_->peer).to_string() : "unix";
}

const endpoint& acceptor::local() const noexcept { return state_->local; }

void acceptor::close() noexcept { state_->close(); }

}  // namespace websock::io
