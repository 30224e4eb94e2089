#include "server/site.hpp"

namespace websock {
namespace {

[[noreturn]] void fail(const server_config& config, const route_config& route, const std::string& problem) {
  throw config_error{(config.source.empty() ? "" : config.source + ": ") + "route \"" + route.path +
                     "\": " + problem};
}

std::string names_of(const handler_registry& registry) {
  std::string names;
  const auto add = [&](const std::string& name) { names += (names.empty() ? "" : ", ") + name; };
  for (const auto& [name, handler] : registry.sessions) add(name);
  for (const auto& [name, handler] : registry.http) add(name);
  return names.empty() ? "none" : names;
}

template <typename Handler>
Handler find_handler(const std::map<std::string, Handler>& handlers, const std::string& name) {
  const auto found = handlers.find(name);
  return found == handlers.end() ? Handler{} : found->second;
}

}  // namespace

site::site(server_config config, const handler_registry& registry, const site* before)
    : config_{std::move(config)} {
  for (const listener_config& listener : config_.listeners) {
    certificates_.push_back(std::make_shared<live_tls>(listener));
  }
  for (const route_config& route : config_.routes) {
    add(route, registry);
    if (before != nullptr && routes_.back().gate != nullptr) {
      if (auto counting = before->gate_of(route.path)) routes_.back().gate = std::move(counting);
    }
  }
}

void site::add(const route_config& route, const handler_registry& registry) {
  if (const auto expected = path_problem(route.path)) fail(config_, route, "expected " + *expected);
  const std::string pattern = route_pattern(route);
  if (paths_.add(pattern, routes_.size())) fail(config_, route, "another route matches the same paths");

  site_route& made = routes_.emplace_back();
  if (!route.static_root.empty()) {
    made.files.emplace(route.static_root);
    if (pattern.size() > 2) folders_.add(pattern.substr(0, pattern.size() - 2), routes_.size() - 1);
    return;
  }
  made.on_session = find_handler(registry.sessions, route.handler);
  made.on_request = find_handler(registry.http, route.handler);
  if (!made.on_session && !made.on_request) {
    fail(config_, route,
         "there is no handler \"" + route.handler + "\" (there are: " + names_of(registry) + ")");
  }
  for (const auto& [name, hook] : registry.hooks) {
    if (name.empty() || name == route.handler) made.hooks.push_back(hook);
  }
  made.accept = {route.subprotocols, route.origins, route.session.permessage_deflate};
  made.options = std::make_shared<const session_options>(route.session);
  if (made.on_session) made.gate = std::make_shared<session_gate>();
}

std::shared_ptr<session_gate> site::gate_of(std::string_view path) const {
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (config_.routes[i].path == path) return routes_[i].gate;
  }
  return nullptr;
}

std::optional<site::found> site::find(std::string_view path) const {
  auto match = paths_.find(path);
  if (match) return found{&routes_[match->route], std::move(match->parameters), match->rest, false};
  match = folders_.find(path);
  if (match) return found{&routes_[match->route], {}, {}, true};
  return std::nullopt;
}

std::vector<std::string> site::session_paths() const {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (routes_[i].on_session) paths.push_back(config_.routes[i].path);
  }
  return paths;
}

}  // namespace websock
