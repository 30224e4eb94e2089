#include "websock/server/config.hpp"

#include <asio/ip/address.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "server/config_node.hpp"
#include "server/config_tls.hpp"
#include "server/router.hpp"

namespace websock {
namespace {

constexpr std::uint64_t most_count = 1'000'000'000;

// --- What one object may say, as tables ----------------------------------------------------------

constexpr config_key<protocol::limits> limit_keys[] = {
    {"message", [](const config_node& at, protocol::limits& into) { into.message = at.size_or_none(1); }},
    {"fragments", [](const config_node& at,
                     protocol::limits& into) { into.fragments = at.number_or_none(1, most_count); }},
    {"buffered_control_frames",
     [](const config_node& at, protocol::limits& into) {
       into.buffered_control_frames = static_cast<std::uint32_t>(at.number(1, 65536));
     }},
    {"inflate_ratio",
     [](const config_node& at, protocol::limits& into) {
       into.inflate_ratio = static_cast<std::uint32_t>(at.number(1, 1032));
     }},
};

constexpr config_key<rate_limit> rate_keys[] = {
    {"per_second",
     [](const config_node& at, rate_limit& into) { into.per_second = at.number(1, most_count); }},
    {"burst", [](const config_node& at, rate_limit& into) { into.burst = at.number(1, most_count); }},
};

void read_rate(const config_node& at, std::optional<rate_limit>& into) {
  into.reset();
  if (at.is_none()) return;
  if (!at.value().is_object()) at.fail_expected("an object with the keys per_second, burst, or \"none\"");
  at.read<rate_limit>(rate_keys, into.emplace());
  (void)at.member("per_second");  // fails: it is missing
}

constexpr config_key<rate_options> rates_keys[] = {
    {"messages", [](const config_node& at, rate_options& into) { read_rate(at, into.messages); }},
    {"control_frames", [](const config_node& at, rate_options& into) { read_rate(at, into.control_frames); }},
};

constexpr config_key<protocol::deflate_options> deflate_keys[] = {
    {"server_no_context_takeover",
     [](const config_node& at, protocol::deflate_options& into) {
       into.wanted.server_no_context_takeover = at.flag();
     }},
    {"client_no_context_takeover",
     [](const config_node& at, protocol::deflate_options& into) {
       into.wanted.client_no_context_takeover = at.flag();
     }},
    {"server_max_window_bits",
     [](const config_node& at, protocol::deflate_options& into) {
       into.wanted.server_max_window_bits = static_cast<std::uint8_t>(at.number(8, 15));
     }},
    {"client_max_window_bits",
     [](const config_node& at, protocol::deflate_options& into) {
       into.wanted.client_max_window_bits = static_cast<std::uint8_t>(at.number(8, 15));
     }},
    {"level", [](const config_node& at,
                 protocol::deflate_options& into) { into.level = static_cast<int>(at.number(1, 9)); }},
    {"memory_level",
     [](const config_node& at, protocol::deflate_options& into) {
       into.memory_level = static_cast<int>(at.number(1, 9));
     }},
    {"threshold",
     [](const config_node& at, protocol::deflate_options& into) { into.threshold = at.size(0); }},
};

void read_policy(const config_node& at, outgoing_options& into) {
  constexpr std::pair<std::string_view, overflow> names[] = {
      {"block", overflow::block}, {"drop_oldest", overflow::drop_oldest}, {"close", overflow::close}};
  const auto* const found =
      std::ranges::find_if(names, [&](const auto& each) { return at.value() == each.first; });
  if (found == std::end(names)) at.fail_expected("\"block\", \"drop_oldest\" or \"close\"");
  into.policy = found->second;
}

void read_overflow_code(const config_node& at, outgoing_options& into) {
  for (const close_code code : {close_code::policy_violation, close_code::try_again_later}) {
    if (at.value() == static_cast<std::uint16_t>(code)) {
      into.code = code;
      return;
    }
  }
  at.fail_expected("1008 (policy violation) or 1013 (try again later)");
}

constexpr config_key<outgoing_options> outgoing_keys[] = {
    {"messages",
     [](const config_node& at, outgoing_options& into) { into.messages = at.number_or_none(1, most_count); }},
    {"policy", read_policy},
    {"close_code", read_overflow_code},
};

constexpr config_key<keepalive_options> keepalive_keys[] = {
    {"ping_interval",
     [](const config_node& at, keepalive_options& into) { into.ping_interval = at.time_or_none(); }},
    {"ping_timeout",
     [](const config_node& at, keepalive_options& into) { into.ping_timeout = at.time_or_none(); }},
};

constexpr config_key<timeout_options> timeout_keys[] = {
    {"handshake", [](const config_node& at, timeout_options& into) { into.handshake = at.time(); }},
    {"idle", [](const config_node& at, timeout_options& into) { into.idle = at.time_or_none(); }},
    {"close", [](const config_node& at, timeout_options& into) { into.close = at.time(); }},
    {"send", [](const config_node& at, timeout_options& into) { into.send = at.time_or_none(); }},
};

constexpr config_key<connection_limits> connection_keys[] = {
    {"total", [](const config_node& at, connection_limits& into) { into.total = at.number(1, most_count); }},
    {"per_address",
     [](const config_node& at, connection_limits& into) { into.per_address = at.number(1, most_count); }},
    {"pending_handshakes",
     [](const config_node& at, connection_limits& into) {
       into.pending_handshakes = at.number(1, most_count);
     }},
};

constexpr config_key<session_limits> session_keys[] = {
    {"total",
     [](const config_node& at, session_limits& into) { into.total = at.number_or_none(1, most_count); }},
    {"per_address", [](const config_node& at,
                       session_limits& into) { into.per_address = at.number_or_none(1, most_count); }},
};

constexpr config_key<http::limits> http_keys[] = {
    {"head", [](const config_node& at, http::limits& into) { into.head_bytes = at.size(128); }},
    {"fields", [](const config_node& at, http::limits& into) { into.head_fields = at.number(1, 100'000); }},
    {"body", [](const config_node& at, http::limits& into) { into.body_bytes = at.size(0); }},
};

constexpr config_key<server_config> server_timeout_keys[] = {
    {"handshake", [](const config_node& at, server_config& into) { into.handshake_timeout = at.time(); }},
    {"http_idle", [](const config_node& at, server_config& into) { into.http_idle_timeout = at.time(); }},
    {"drain", [](const config_node& at, server_config& into) { into.drain_timeout = at.time_from_zero(); }},
};

// --- Listeners -----------------------------------------------------------------------------------

void read_address(const config_node& at, listener_config& into) {
  into.address = at.text();
  std::error_code error;
  asio::ip::make_address(into.address, error);
  if (error) at.fail_expected("an IPv4 or IPv6 address such as \"127.0.0.1\" or \"::\"");
}

void read_unix_path(const config_node& at, listener_config& into) {
  into.unix_path = at.text();
  constexpr std::size_t longest = 107;  // sockaddr_un::sun_path and its NUL
  if (into.unix_path.empty() || into.unix_path.size() > longest) {
    at.fail_expected("the path of a Unix socket, of 1 to 107 bytes");
  }
}

constexpr config_key<listener_config> listener_keys[] = {
    {"address", read_address},
    {"port", [](const config_node& at,
                listener_config& into) { into.port = static_cast<std::uint16_t>(at.number(0, 65535)); }},
    {"unix", read_unix_path},
    {"tls", read_tls},
};

void read_listeners(const config_node& at, server_config& into) {
  into.listeners.clear();
  for (const config_node& element : at.elements()) {
    listener_config listener;
    element.read<listener_config>(listener_keys, listener);
    if (element.has("unix") && (element.has("address") || element.has("port"))) {
      element.fail("expected either \"unix\" or \"address\" and \"port\", got both");
    }
    if (element.has("unix") && element.has("tls")) {
      element.fail("expected \"tls\" with an \"address\", got it with \"unix\"");
    }
    const bool repeated = std::ranges::find(into.listeners, listener) != into.listeners.end();
    if (repeated && (listener.port != 0 || !listener.unix_path.empty())) {
      element.fail("the same listener is given twice");
    }
    into.listeners.push_back(std::move(listener));
  }
  if (into.listeners.empty()) at.fail_expected("at least one listener");
}

// --- Routes --------------------------------------------------------------------------------------

void read_path(const config_node& at, route_config& into) {
  into.path = at.text();
  if (const auto problem = path_problem(into.path)) at.fail_expected(*problem);
}

void read_handler(const config_node& at, route_config& into) {
  into.handler = at.text();
  if (into.handler.empty()) at.fail_expected("the name of a handler");
}

void read_static(const config_node& at, route_config& into) {
  into.static_root = at.text();
  if (into.static_root.empty()) at.fail_expected("a folder");
}

// RFC 6455 section 4.1: "all strings in [the list] MUST ... be unique", of the characters of a token.
void read_subprotocols(const config_node& at, route_config& into) {
  constexpr std::string_view separators = "()<>@,;:\\\"/[]?={} \t";
  for (const config_node& element : at.elements()) {
    std::string name = element.text();
    const bool is_token = !name.empty() && std::ranges::all_of(name, [&](char c) {
      return c > ' ' && c < '\x7f' && separators.find(c) == std::string_view::npos;
    });
    if (!is_token) element.fail_expected("a token such as \"chat.v1\" (no blanks, commas or quotes)");
    if (std::ranges::find(into.subprotocols, name) != into.subprotocols.end()) {
      element.fail("the subprotocol is given twice");
    }
    into.subprotocols.push_back(std::move(name));
  }
}

// RFC 6454 section 6.2: scheme "://" host [":" port], and nothing behind it.
bool is_origin(std::string_view text) {
  if (text == "*" || text == "null") return true;
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == 0 || scheme_end == std::string_view::npos) return false;
  const std::string_view authority = text.substr(scheme_end + 3);
  return !authority.empty() && authority.find_first_of("/?#@ \t") == std::string_view::npos;
}

void read_origins(const config_node& at, route_config& into) {
  for (const config_node& element : at.elements()) {
    into.origins.push_back(element.text());
    if (!is_origin(into.origins.back())) {
      element.fail_expected(
          "\"*\" or an origin such as \"https://example.com\" (no path, no slash at its end)");
    }
  }
}

constexpr config_key<route_config> route_keys[] = {
    {"path", read_path},
    {"handler", read_handler},
    {"static", read_static},
    {"subprotocols", read_subprotocols},
    {"origins", read_origins},
    {"sessions",
     [](const config_node& at, route_config& into) { at.read<session_limits>(session_keys, into.sessions); }},
    {"limits", [](const config_node& at,
                  route_config& into) { at.read<protocol::limits>(limit_keys, into.session.limits); }},
    {"rates", [](const config_node& at,
                 route_config& into) { at.read<rate_options>(rates_keys, into.session.rates); }},
    {"permessage_deflate",
     [](const config_node& at, route_config& into) {
       at.read<protocol::deflate_options>(deflate_keys, into.session.permessage_deflate.emplace());
     }},
    {"high_water_mark",
     [](const config_node& at, route_config& into) { into.session.high_water_mark = at.size(1); }},
    {"outgoing", [](const config_node& at,
                    route_config& into) { at.read<outgoing_options>(outgoing_keys, into.session.outgoing); }},
    {"keepalive",
     [](const config_node& at, route_config& into) {
       at.read<keepalive_options>(keepalive_keys, into.session.keepalive);
     }},
    {"timeouts", [](const config_node& at,
                    route_config& into) { at.read<timeout_options>(timeout_keys, into.session.timeouts); }},
};

void read_route(const config_node& at, route_config& into) {
  at.read<route_config>(route_keys, into);
  if (into.path.empty()) (void)at.member("path");  // fails: it is missing
  if (into.handler.empty() == into.static_root.empty()) {
    at.fail(into.handler.empty() ? "expected \"handler\" or \"static\", got neither"
                                 : "expected either \"handler\" or \"static\", got both");
  }
}

void read_routes(const config_node& at, server_config& into) {
  router known;
  for (const config_node& element : at.elements()) {
    route_config route;
    read_route(element, route);
    if (const auto other = known.add(route_pattern(route), into.routes.size())) {
      element.member("path").fail("\"" + route.path + "\" matches the same paths as \"" +
                                  into.routes[*other].path + "\"");
    }
    into.routes.push_back(std::move(route));
  }
  if (into.routes.empty()) at.fail_expected("at least one route");
}

// --- The whole -----------------------------------------------------------------------------------

constexpr config_key<server_config> server_keys[] = {
    {"listeners", read_listeners},
    {"threads", [](const config_node& at, server_config& into) { into.threads = at.number(0, 1024); }},
    {"routes", read_routes},
    {"connections",
     [](const config_node& at, server_config& into) {
       at.read<connection_limits>(connection_keys, into.connections);
     }},
    {"http", [](const config_node& at, server_config& into) { at.read<http::limits>(http_keys, into.http); }},
    {"timeouts",
     [](const config_node& at, server_config& into) { at.read<server_config>(server_timeout_keys, into); }},
};

void resolve_certificates(const config_node& root, server_config& config, const std::string& base) {
  if (!root.has("listeners")) return;
  const auto nodes = root.member("listeners").elements();
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    if (config.listeners[i].tls) resolve_tls(nodes[i].member("tls"), *config.listeners[i].tls, base);
  }
}

// Folders are meant relative to the file that names them, and are looked at now rather than by the
// first request.
void resolve_folders(const config_node& root, server_config& config, const std::string& base) {
  const auto nodes = root.member("routes").elements();
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    std::string& folder = config.routes[i].static_root;
    if (folder.empty()) continue;
    folder = (std::filesystem::path{base} / folder).lexically_normal().string();
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) {
      nodes[i].member("static").fail_expected("a folder (there is none at " + folder + ")");
    }
  }
}

std::string read_file(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) throw config_error{path + ": is a folder"};
  std::ifstream file{path, std::ios::binary};
  std::ostringstream content;
  if (file) content << file.rdbuf();
  if (!file) throw config_error{path + ": cannot be read: " + std::generic_category().message(errno)};
  return std::move(content).str();
}

}  // namespace

server_config parse_config(std::string_view text, std::string_view name, const std::string& base) {
  const config_document document{text, name};
  const config_node root{document};
  server_config config;
  root.read<server_config>(server_keys, config);
  resolve_folders(root, config, base);
  resolve_certificates(root, config, base);
  return config;
}

server_config load_config(const std::string& path) {
  const std::string text = read_file(path);
  const auto folder = std::filesystem::path{path}.parent_path();
  server_config config = parse_config(text, path, folder.empty() ? "." : folder.string());
  config.source = path;
  return config;
}

}  // namespace websock
