// A configuration made ready to serve: routes with their handlers, hooks and folders.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/live_tls.hpp"
#include "server/router.hpp"
#include "server/session_gate.hpp"
#include "server/static_files.hpp"
#include "websock/protocol/handshake.hpp"
#include "websock/server/server.hpp"

namespace websock {

/// What the program has named for the routes.
struct handler_registry {
  std::map<std::string, session_handler> sessions;
  std::map<std::string, http_handler> http;
  std::vector<std::pair<std::string, upgrade_hook>> hooks;  // "": for all
};

struct site_route {
  session_handler on_session;         ///< empty: no WebSocket here
  http_handler on_request;            ///< empty: no plain HTTP here
  std::optional<static_files> files;  ///< or these
  std::vector<upgrade_hook> hooks;    ///< in the order in which they are asked
  protocol::accept_options accept;
  std::shared_ptr<const session_options> options;
  std::shared_ptr<session_gate> gate;  ///< null: no WebSocket here
};

/// Immutable and shared by all threads. A connection keeps the one that it began with, so a reload
/// changes nothing under it.
class site {
 public:
  /// Throws `config_error` for handlers without a name here, for equal routes, and for certificates
  /// that cannot be used. Its routes go on counting the sessions of those with the same path in `before`.
  site(server_config config, const handler_registry& registry, const site* before = nullptr);

  struct found {
    const site_route* route = nullptr;
    std::vector<std::pair<std::string, std::string>> parameters;
    std::string_view rest;       ///< of the path: the file's name, for a folder
    bool lacks_slash = false;    ///< the path is a folder's without the slash at its end
  };

  /// `path` is encoded; `rest` is a view into it.
  [[nodiscard]] std::optional<found> find(std::string_view path) const;
  [[nodiscard]] const server_config& config() const noexcept { return config_; }
  /// What the configuration says of a route.
  [[nodiscard]] const route_config& config_of(const site_route& route) const noexcept {
    return config_.routes[static_cast<std::size_t>(&route - routes_.data())];
  }
  /// The certificates that the files had when this was made, for each of the listeners.
  [[nodiscard]] const std::vector<std::shared_ptr<live_tls>>& certificates() const noexcept {
    return certificates_;
  }

  /// Paths of the WebSocket routes, as in the configuration.
  [[nodiscard]] std::vector<std::string> session_paths() const;

 private:
  void add(const route_config& route, const handler_registry& registry);
  [[nodiscard]] std::shared_ptr<session_gate> gate_of(std::string_view path) const;

  server_config config_;
  std::vector<std::shared_ptr<live_tls>> certificates_;
  std::vector<site_route> routes_;
  router paths_;
  router folders_;  // "/www" for the files below "/www/"
};

}  // namespace websock
