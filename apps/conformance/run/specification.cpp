#include "run/specification.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "run/listening.hpp"
#include "server/config_node.hpp"
#include "websock/core/error.hpp"
#include "websock/server/config.hpp"

namespace conformance {
namespace {

using websock::config_document;
using websock::config_error;
using websock::config_key;
using websock::config_node;

// A specification while it is read, with the text that it comes from.
struct draft {
  specification result;
  std::string_view text;
  std::string_view name;

  // "NAME:LINE:COLUMN: /pointer"
  [[nodiscard]] std::string place_of(const config_node& value) const {
    const auto offset = value.document().locations().find(value.pointer()).value;
    const auto position = websock::position_at(text, offset);
    return std::string{name} + ":" + std::to_string(position.line) + ":" + std::to_string(position.column) +
           ": " + value.pointer();
  }
};

websock::http::url read_url(const config_node& value) {
  try {
    return parse_peer_url(value.text());
  } catch (const std::system_error& error) {
    value.fail(error.what());
  }
}

std::vector<case_glob> read_globs(const config_node& list, const draft& from) {
  std::vector<case_glob> globs;
  for (const config_node& each : list.elements()) {
    globs.push_back({each.text(), from.place_of(each)});
    if (globs.back().text.empty()) each.fail_expected("a case such as \"1.1.1\" or \"6.*\"");
  }
  return globs;
}

void read_excluded_for(const config_node& at, draft& into) {
  if (!at.value().is_object()) at.fail_expected("an object: for each agent a list of cases");
  for (const auto& [agent, ignored] : at.value().items()) {
    into.result.excluded_for.push_back({agent, read_globs(at.member(agent), into)});
  }
}

void ignore(specification& into, const std::string& what) { into.notes.push_back(what); }

struct server_draft {
  server_entry result;
  std::vector<std::string>& notes;
};

constexpr config_key<server_draft> server_keys[] = {
    {"agent", [](const config_node& value, server_draft& into) { into.result.agent = value.text(); }},
    {"url", [](const config_node& value, server_draft& into) { into.result.url = read_url(value); }},
    {"hostname", [](const config_node& value, server_draft& into) { into.result.tls_name = value.text(); }},
    {"options", [](const config_node& value,
                   server_draft& into) { read_protocol_options(value, into.result.timeouts, into.notes); }},
    {"origin",
     [](const config_node& value, server_draft& into) {
       into.notes.push_back("\"origin\": \"" + value.text() + "\" of a server is ignored");
     }},
    {"protocols",
     [](const config_node&, server_draft& into) {
       into.notes.emplace_back("\"protocols\" of a server is ignored: no case speaks of subprotocols there");
     }},
};

server_entry read_server(const config_node& at, draft& into) {
  server_draft one{{}, into.result.notes};
  one.result.timeouts = into.result.timeouts;
  at.read<server_draft>(server_keys, one);
  (void)at.member("url");  // there must be one
  return std::move(one.result);
}

void read_servers(const config_node& value, draft& into) {
  for (const config_node& each : value.elements()) into.result.servers.push_back(read_server(each, into));
}

// "options" stands before "servers", which begin with them.
constexpr config_key<draft> keys[] = {
    {"options", [](const config_node& value,
                   draft& into) { read_protocol_options(value, into.result.timeouts, into.result.notes); }},
    {"url", [](const config_node& value, draft& into) { into.result.url = read_url(value); }},
    {"servers", read_servers},
    {"outdir", [](const config_node& value, draft& into) { into.result.outdir = value.text(); }},
    {"cases",
     [](const config_node& value, draft& into) {
       into.result.cases = read_globs(value, into);
       if (into.result.cases.empty()) value.fail_expected("at least one case, such as \"*\" or \"6.*\"");
     }},
    {"exclude-cases",
     [](const config_node& value, draft& into) { into.result.excluded = read_globs(value, into); }},
    {"exclude-agent-cases", read_excluded_for},
    {"key", [](const config_node& value, draft& into) { into.result.identity.key_file = value.text(); }},
    {"cert",
     [](const config_node& value, draft& into) { into.result.identity.certificate_file = value.text(); }},
    {"ca", [](const config_node& value, draft& into) { into.result.tls.ca_file = value.text(); }},
    {"insecure", [](const config_node& value, draft& into) { into.result.tls.verify_peer = !value.flag(); }},
    {"jobs", [](const config_node& value, draft& into) { into.result.jobs = value.number(1, 1000); }},
    {"seed", [](const config_node& value, draft& into) { into.result.seed = value.number(0, UINT64_MAX); }},
    {"webport",
     [](const config_node& value, draft& into) {
       (void)value.number(0, 65535);
       ignore(into.result, "\"webport\" is ignored: the page is on the port of \"url\"");
     }},
    {"protocols",
     [](const config_node&, draft& into) {
       ignore(into.result, "\"protocols\" is ignored: no subprotocol is agreed on but where a case says so");
     }},
};

bool serves(run_mode mode) { return mode == run_mode::fuzzing_server || mode == run_mode::testee_server; }

void require_what_the_mode_needs(const config_node& root, const specification& read, run_mode mode) {
  if (mode == run_mode::fuzzing_client && root.member("servers").elements().empty()) {
    root.member("servers").fail_expected("at least one server");
  }
  if (!serves(mode) || !root.has("url")) return;
  try {
    (void)listening_endpoint(read);
    (void)listening_tls(read);
  } catch (const config_error& error) {
    root.member("url").fail(error.what());
  }
}

std::string read_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) throw config_error{path + ": " + std::generic_category().message(errno)};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (file.bad()) throw config_error{path + ": cannot be read"};
  return text;
}

}  // namespace

specification load_specification(const std::string& path, run_mode mode) {
  return parse_specification(read_file(path), path, mode);
}

specification parse_specification(std::string_view text, std::string_view name, run_mode mode) {
  const config_document document{text, name};
  const config_node root{document};
  draft all{default_specification(mode), text, name};
  root.read<draft>(keys, all);
  require_what_the_mode_needs(root, all.result, mode);
  return std::move(all.result);
}

specification default_specification(run_mode mode) {
  specification result;
  result.url = parse_peer_url("ws://127.0.0.1:9001");
  result.outdir = mode == run_mode::fuzzing_server ? "./reports/clients" : "./reports/servers";
  return result;
}

websock::http::url parse_peer_url(std::string_view text) {
  // `parse_url` has no port 0, which nobody can connect to.
  const std::size_t authority = text.find("://");
  const std::size_t end = text.find_first_of("/?", authority == std::string_view::npos ? 0 : authority + 3);
  std::string rest{text.substr(0, end)};
  const bool chosen_by_system = rest.ends_with(":0");
  if (chosen_by_system) rest.resize(rest.size() - 2);
  if (end != std::string_view::npos) rest += text.substr(end);
  auto url = websock::http::parse_url(rest);
  if (chosen_by_system) url.port = 0;
  if (url.scheme == "ws" || url.scheme == "wss") return url;
  throw std::system_error{websock::errc::url_invalid,
                          "expected a ws:// or wss:// URL, got one of " + url.scheme};
}

}  // namespace conformance
