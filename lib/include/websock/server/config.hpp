// The server's configuration: the same values from code and from JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "websock/core/units.hpp"
#include "websock/http/head_parser.hpp"
#include "websock/io/tls.hpp"
#include "websock/session_options.hpp"

namespace websock {

/// Where the server listens: an IP address and port, or a Unix socket.
struct listener_config {
  std::string address = "127.0.0.1";  ///< IPv4 or IPv6 literal; "::", "0.0.0.0": all of that family
  std::uint16_t port = 8888;          ///< 0: the system chooses
  std::string unix_path;              ///< not empty: a Unix socket, address and port unused
  std::optional<io::tls_server_options> tls = std::nullopt;  ///< wss and https; nothing: ws and http

  friend bool operator==(const listener_config&, const listener_config&) = default;
};

/// Sessions of one route at one time. Above: the handshake is answered 503 (`total`) or 429
/// (`per_address`), with Retry-After.
struct session_limits {
  std::uint64_t total = protocol::unlimited;
  std::uint64_t per_address = protocol::unlimited;  ///< as in `connection_limits`
};

/// What answers a path. Exactly one of `handler` and `static_root` is set.
struct route_config {
  std::string path;         ///< "/ws", "/rooms/{room}", "/files/*"
  std::string handler;      ///< the name given to `server::handle` or `server::handle_http`
  std::string static_root;  ///< a folder whose files are served; relative to the configuration file
  std::vector<std::string> subprotocols;  ///< in order of preference
  std::vector<std::string> origins;       ///< empty: same host; {"*"}: any
  session_options session;
  session_limits sessions = {};
};

/// An address is one of IPv4, or a whole /64 of IPv6: the least that anybody is given. Unix sockets have none.
struct connection_limits {
  std::size_t total = 100'000;            ///< connections at once; above: closed at accept
  std::size_t per_address = 10'000;       ///< from one address
  std::size_t pending_handshakes = 4'096; ///< connections that have not finished their first head
};

struct server_config {
  std::vector<listener_config> listeners{listener_config{}};
  std::size_t threads = 0;            ///< 0: one a processor
  std::vector<route_config> routes;
  connection_limits connections;
  http::limits http;                  ///< heads and bodies
  duration handshake_timeout = std::chrono::seconds{10};   ///< from accept to the end of the head
  duration http_idle_timeout = std::chrono::seconds{60};   ///< between requests of a kept-alive connection
  duration drain_timeout = std::chrono::seconds{10};       ///< from SIGTERM to force
  std::string source;  ///< the file it came from ("" when from code): what SIGHUP reads again
};

/// A configuration that cannot be used. `what()` is made for a terminal:
/// "server.json:7:23: /routes/0/limits/message: expected a size (\"16MiB\" or a number), got true".
class config_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads a configuration file. Throws `config_error` with file, line, column and JSON pointer of
/// the first mistake, and what would be accepted.
server_config load_config(const std::string& path);

/// The same from text; `name` stands for the file in errors and `base` for its folder.
server_config parse_config(std::string_view text, std::string_view name, const std::string& base = ".");

}  // namespace websock
