// The command line.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "websock/client/connect.hpp"

struct options {
  std::string url;
  websock::connect_options connect;
  std::optional<std::string> only_message;  ///< --exec
  websock::duration timeout = std::chrono::seconds{10};
  websock::duration linger{0};
  bool binary = false;
  bool raw = false;
  bool verbose = false;
};

/// What of the command line is wrong, and what would be right.
class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws `CLI::ParseError` (also for --help and --version) and `usage_error`.
options parse_options(CLI::App& app, int argc, char** argv);
