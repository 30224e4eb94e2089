// Listeners, routes, threads, drain.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "websock/http/head.hpp"
#include "websock/io/acceptor.hpp"
#include "websock/server/config.hpp"
#include "websock/session.hpp"
#include "websock/task.hpp"

namespace websock {

/// Serves one session from its opening handshake to its end. Returning closes with 1000; throwing
/// closes with 1011 and logs what was thrown (its text never goes to the peer).
using session_handler = std::function<task<void>(session&)>;

/// What a plain HTTP handler and an upgrade hook see of a request.
struct http_context {
  const http::request& request;
  const std::vector<std::pair<std::string, std::string>>& parameters;  ///< of the route, decoded
  const std::string& remote_address;
  const io::tls_info* tls = nullptr;  ///< with the subject of the client's certificate; null without TLS

  [[nodiscard]] std::string_view parameter(std::string_view name) const noexcept;
  [[nodiscard]] std::optional<std::string> query(std::string_view name) const;
};

/// Answers a plain HTTP request. Throwing is answered with 500 and logged.
using http_handler = std::function<task<http::response>(const http_context&)>;

/// Asked before a WebSocket handshake is accepted: nothing lets it pass, a response refuses it.
using upgrade_hook = std::function<task<std::optional<http::response>>(const http_context&)>;

/// One `io_context` a thread; a session stays on the thread that accepted it.
///
///     websock::server server{websock::load_config("server.json")};
///     server.handle("echo", echo);
///     server.run();
class server {
 public:
  explicit server(server_config config);
  ~server();  ///< stops at once (`stop`) and joins its threads

  /// Names a handler for the routes. Before `start`. Handlers run on every thread of the server:
  /// what they share they protect.
  void handle(std::string name, session_handler handler);
  void handle_http(std::string name, http_handler handler);
  /// Asked for every upgrade on the routes of handler `name`; for all routes when it is empty.
  void on_upgrade(std::string name, upgrade_hook hook);

  /// Replaces what SIGHUP does to get the new configuration: `load_config(config.source)`. What it
  /// throws is logged, and the old configuration stays. Before `run`.
  void on_reload(std::function<server_config()> read);

  /// Throws the `config_error` that `start` would throw, and opens nothing.
  void check() const;

  /// Binds, serves, and returns when drained. With one thread it is the caller's that serves: handlers run on it, and
  /// one that blocks it keeps the signals from being heard, too. SIGINT and SIGTERM drain (a second one forces),
  /// SIGHUP reads the configuration file again. Throws as `start` does.
  void run();

  /// Binds all listeners and starts the threads. Throws `std::system_error` that names the address
  /// in use, `config_error` for a route whose handler has no name here.
  void start();

  /// Where it listens; with the ports that the system chose.
  [[nodiscard]] std::vector<io::endpoint> endpoints() const;

  /// Stops accepting, closes every session with 1001 behind what it accepted, waits up to `deadline`
  /// and then drops the rest. Returns when all is down; true: nobody had to be dropped. Any thread
  /// but the server's own (`std::logic_error`).
  bool drain(duration deadline);
  /// Drops everything and returns when all is down. Any thread but the server's own.
  void stop();

  /// Replaces routes, limits, timeouts and certificates for what is accepted from now on, and opens and
  /// closes listeners as needed; sessions under way keep what they have. Throws (`config_error`,
  /// `std::system_error`) before anything is changed. The number of threads stays.
  void reload(server_config config);

  /// Sessions that live now.
  [[nodiscard]] std::size_t session_count() const noexcept;

 private:
  struct state;
  class signal_loop;
  std::unique_ptr<state> state_;
};

}  // namespace websock
