// The command line.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "run/specification.hpp"

namespace conformance {

struct options {
  std::optional<run_mode> mode;
  std::string specification;  ///< a file; empty: the command line alone
  std::string url;
  std::string agent;
  std::string outdir;
  std::vector<std::string> cases;     ///< globs
  std::vector<std::string> excluded;  ///< globs
  std::vector<std::string> folders;   ///< with scripts
  std::optional<std::size_t> jobs;
  std::optional<std::uint64_t> seed;
  websock::io::tls_client_options tls;
  websock::io::tls_key_pair identity;
  std::string waivers;
  bool strict = false;
  std::string compare;
  std::string junit;
  bool lists = false;
  std::string list_glob = "*";
  std::string explain;
  bool schema = false;
};

/// What of the command line is wrong, and what would be right.
class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws `CLI::ParseError` (also for --help and --version) and `usage_error`.
options parse_options(CLI::App& app, int argc, char** argv);

/// The specification that the options name, with what they say themselves on top. Throws
/// `websock::config_error` and `usage_error`.
specification make_specification(const options& wanted);

}  // namespace conformance
