// One accepted connection, from accept to the end of TCP: plain HTTP first, then perhaps a session.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "io/spawn.hpp"
#include "server/admission.hpp"
#include "server/site.hpp"
#include "websock/core/byte_buffer.hpp"
#include "websock/io/byte_stream.hpp"
#include "websock/session.hpp"
#include "websock/task.hpp"

namespace websock {

class worker;

/// What an accepted connection begins with.
struct arrival {
  io::stream_ptr stream;
  std::optional<io::tls_context> tls;  ///< nothing: without TLS
  std::string remote_endpoint;         ///< "192.0.2.1:5000"
  admission::ticket place;
};

/// What the worker knows of a connection, to end it. Linked into the worker's list for as long as
/// it lives; all on the worker's thread.
class connection {
 public:
  connection(worker& home, admission::ticket place);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  /// Ends what is idle now, and the rest as soon as it may: a session is closed with 1001 behind
  /// what it accepted, a response under way is the last.
  void drain() noexcept;
  /// Ends it at once.
  void abort() noexcept;

  /// In the HTTP phase; null after it. `is_idle`: between requests, so `drain` may cut it.
  void serve_http(io::byte_stream* stream, bool is_idle) noexcept;
  /// In the session phase; null after it.
  void serve_session(session* session) noexcept;

  [[nodiscard]] worker& home() const noexcept { return home_; }
  [[nodiscard]] admission::ticket& place() noexcept { return place_; }

 private:
  friend class connection_list;
  worker& home_;
  admission::ticket place_;
  io::byte_stream* stream_ = nullptr;
  session* session_ = nullptr;
  bool is_idle_ = true;
  connection* next_ = nullptr;
  connection* previous_ = nullptr;
};

/// The connections of one thread.
class connection_list {
 public:
  void add(connection& entry) noexcept;
  void remove(connection& entry) noexcept;
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }

  /// The callee may end the connection that it is given, no other.
  template <typename Callee>
  void for_each(Callee callee) {
    for (connection* entry = first_; entry != nullptr;) {
      connection* const next = entry->next_;
      callee(*entry);
      entry = next;
    }
  }

 private:
  connection* first_ = nullptr;
};

/// An opening handshake that was accepted and answered.
struct upgrade {
  std::shared_ptr<const site> home;  ///< owns `route`
  const site_route* route = nullptr;
  session_gate::place place;
  io::stream_ptr stream;
  session_request request;
  byte_buffer early;  ///< frames that came with the handshake
};

/// Serves plain HTTP, inside TLS where there is a context for it, until the connection ends (null) or
/// becomes a WebSocket.
task<std::unique_ptr<upgrade>> serve_http(connection& self, std::unique_ptr<arrival> from);

/// A session with its handler. The connection knows it for as long as it is served.
class served_session {
 public:
  served_session(connection& self, std::unique_ptr<upgrade> from);
  served_session(const served_session&) = delete;
  served_session& operator=(const served_session&) = delete;
  ~served_session();

  [[nodiscard]] task<void> call_handler() { return handler_(session_); }
  /// In a catch block: what the handler threw is logged. RFC 6455 section 7.4.1: 1011 "indicates that a server is
  /// terminating the connection because it encountered an unexpected condition". What it was stays here.
  void handler_threw();
  /// The closing handshake, if the handler has left it to us.
  [[nodiscard]] task<void> close() { return session_.close(code_); }

 private:
  connection& self_;
  std::shared_ptr<const site> home_;  // owns the handler, and the gate
  session_gate::place place_;
  const session_handler& handler_;
  session session_;
  close_code code_ = close_code::normal_closure;
};

/// All of it.
io::root_task serve_connection(worker& home, std::unique_ptr<arrival> from);

}  // namespace websock
