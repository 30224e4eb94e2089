// What to run and with whom: Autobahn's specification files, with a few keys of our own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run/protocol_options.hpp"
#include "script/catalog.hpp"
#include "websock/http/url.hpp"
#include "websock/io/tls.hpp"

namespace conformance {

/// What the program does with a specification: it says which keys must be there, and their defaults.
enum class run_mode : std::uint8_t { fuzzing_client, fuzzing_server, testee_client, testee_server };

/// A glob and where it stands ("spec.json:3:14: /cases/0"), for an error that is found later.
struct case_glob {
  std::string text;
  std::string place;
};

/// A server that is tested.
struct server_entry {
  std::string agent;  ///< empty: what its Server field says
  websock::http::url url;
  std::string tls_name;  ///< "hostname": whom the certificate must be made out to; empty: the URL's host
  peer_timeouts timeouts;
};

/// Cases that an agent is not tested with.
struct agent_exclusion {
  std::string agent;  ///< a glob
  std::vector<case_glob> cases;
};

struct specification {
  /// Where to listen, or, for a testee client, where the fuzzing server is. Port 0: the system chooses.
  websock::http::url url;
  std::vector<server_entry> servers;
  std::string outdir;
  std::vector<case_glob> cases;  ///< empty: all
  std::vector<case_glob> excluded;
  std::vector<agent_exclusion> excluded_for;
  peer_timeouts timeouts;
  websock::io::tls_key_pair identity;  ///< of a server; empty: none
  websock::io::tls_client_options tls;  ///< of a client
  std::optional<std::size_t> jobs;  ///< connections at once
  std::optional<std::uint64_t> seed;
  /// What was read and changes nothing, a sentence each.
  std::vector<std::string> notes;
};

/// Reads a file. Relative paths in it are meant from the current folder, as Autobahn has it. Throws
/// `websock::config_error` "spec.json:7:23: /servers/0/url: expected ..., got ...".
specification load_specification(const std::string& path, run_mode mode);
/// The same from text; `name` stands for the file in errors.
specification parse_specification(std::string_view text, std::string_view name, run_mode mode);
/// The one without a file: all defaults.
specification default_specification(run_mode mode);

/// A ws or wss URL, whose port may be 0. Throws `std::system_error{errc::url_invalid}`.
websock::http::url parse_peer_url(std::string_view text);

/// Whom a case tests.
enum class subject_role : std::uint8_t { server, client };

using case_list = std::vector<std::shared_ptr<const test_case>>;

/// The cases of a run, in the catalog's order. Throws `websock::config_error` for a glob that fits no case,
/// and where no case is left.
case_list select_cases(const specification& wanted, const catalog& all, subject_role subject);

/// Whether "exclude-agent-cases" says so.
bool is_excluded(const specification& wanted, std::string_view agent, std::string_view id) noexcept;

}  // namespace conformance
