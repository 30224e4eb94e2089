// Listening sockets, a share of each for every thread.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "io/address.hpp"
#include "server/log.hpp"
#include "server/server_state.hpp"

namespace websock {
namespace {

io::endpoint to_endpoint(const listener_config& config) {
  if (!config.unix_path.empty()) return {"", 0, config.unix_path};
  return {config.address, config.port, ""};
}

// With SO_REUSEPORT the system lets another process of the same user take the same port, and would
// share its connections out among strangers. So the address is asked for alone, before.
void require_free(const io::endpoint& where) {
  const io::socket_address address = io::to_socket_address(where);
  const int probe = ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return;
  const int on = 1;
  ::setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const int error = ::bind(probe, address.data(), address.size) == 0 ? 0 : errno;
  ::close(probe);
  if (error == EADDRINUSE) {
    throw std::system_error{error, std::generic_category(), "cannot listen on " + where.to_string()};
  }
}

std::string url_of(const io::endpoint& where, bool is_secure, const std::string& path) {
  if (!where.unix_path.empty()) return "ws+unix:" + where.unix_path + ":" + path;
  return (is_secure ? "wss://" : "ws://") + where.to_string() + path;
}

}  // namespace

std::vector<server::state::wanted_listener> server::state::listeners_of(const site& prepared) {
  std::vector<wanted_listener> all;
  const auto& certificates = prepared.certificates();
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    all.push_back({prepared.config().listeners[i], certificates[i]});
  }
  return all;
}

std::vector<server::state::listener> server::state::open(const std::vector<wanted_listener>& wanted) {
  std::vector<listener> opened;
  try {
    for (const wanted_listener& each : wanted) opened.push_back(open(each));
  } catch (...) {
    close(opened);
    throw;
  }
  return opened;
}

// TCP: each thread has a socket of its own, and the system shares the connections out. A Unix
// socket has no such thing: all threads wait on the same one. Each thread makes its own part, as
// the thread's reactor is no other's business.
server::state::listener server::state::open(const wanted_listener& wanted) {
  listener opened{wanted.config, to_endpoint(wanted.config), {}, wanted.certificates};
  const bool is_unix = !wanted.config.unix_path.empty();
  const bool is_shared = !is_unix;
  if (is_shared && wanted.config.port != 0 && !shares_port(opened.local)) require_free(opened.local);
  try {
    for (const auto& each : workers) {
      opened.parts.push_back(each->call([&] {
        if (is_unix && !opened.parts.empty()) return each->listen(*opened.parts.front());
        return each->listen(opened.local, is_shared);
      }));
      opened.local = opened.parts.front()->local();  // port 0 is now a number, the same for all
    }
  } catch (...) {
    close({opened});
    throw;
  }
  return opened;
}

// From 127.0.0.1 to 0.0.0.0 at the same port: the old and the new one share it until the old one is closed.
bool server::state::shares_port(const io::endpoint& where) const {
  return std::ranges::any_of(listeners, [&where](const listener& opened) {
    return opened.local.unix_path.empty() && opened.local.port == where.port &&
           opened.local.address != where.address;
  });
}

void server::state::accept_from(const listener& opened) {
  for (std::size_t i = 0; i < workers.size(); ++i) {
    workers[i]->call([&] { workers[i]->accept_from(opened.parts[i], opened.certificates); });
  }
}

// One thread is enough for that.
void server::state::keep_certificates_fresh() {
  for (listener& opened : listeners) {
    if (opened.is_fresh || !opened.certificates->current()) continue;
    opened.is_fresh = true;
    workers.front()->call([&] { workers.front()->spawn(keep_fresh(opened.certificates)); });
  }
}

void server::state::close(const std::vector<listener>& opened) {
  for (const listener& each : opened) {
    for (std::size_t i = 0; i < each.parts.size(); ++i) {
      workers[i]->call([&] { workers[i]->close_listener(each.parts[i]); });
    }
  }
}

bool server::state::is_same(const listener& opened, const listener_config& wanted) {
  return to_endpoint(opened.config) == to_endpoint(wanted) || opened.local == to_endpoint(wanted);
}

void server::state::log_endpoints(const std::vector<listener>& opened) const {
  const auto paths = current->session_paths();
  for (const listener& each : opened) {
    const bool is_secure = each.certificates->current().has_value();
    if (paths.empty()) log::info({"listening on ", each.local.to_string()});
    for (const std::string& path : paths) log::info({"listening on ", url_of(each.local, is_secure, path)});
  }
}

}  // namespace websock
