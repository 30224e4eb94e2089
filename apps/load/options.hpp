// The command line.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "payload.hpp"
#include "websock/client/connect.hpp"
#include "websock/core/units.hpp"

namespace load {

enum class verification : std::uint8_t {
  none,    ///< echoes are counted
  length,  ///< and have the type and the length of what was sent
  full,    ///< and each of its octets
};

/// What a run does.
enum class run_kind : std::uint8_t {
  closed_loop,  ///< each echo lets the next message go: `depth` are in flight on each connection
  open_loop,    ///< messages go when they are due, `rate` a second
  idle,         ///< connections are held, and do nothing
  connect,      ///< connect, opening handshake, closing handshake, again and again
};

struct options {
  std::string url;
  websock::connect_options connect;
  run_kind kind = run_kind::closed_loop;
  std::size_t connections = 1;  ///< with `idle`: those that are held
  std::size_t size = 64;
  std::size_t depth = 1;
  websock::opcode type = websock::opcode::binary;
  payload_kind payload = payload_kind::random;
  double rate = 0;     ///< messages a second over all connections
  bool touch = false;  ///< with `idle`: one echo on each connection first
  websock::duration duration = std::chrono::seconds{10};
  websock::duration warm_up = std::chrono::milliseconds{500};
  std::optional<std::uint64_t> messages;  ///< at most so many are measured
  std::size_t sources = 0;                ///< addresses to connect from; 0: the system chooses
  std::size_t threads = 1;
  verification verify = verification::full;
  std::optional<int> pid;  ///< the server's process
  std::string label;
  std::string json;  ///< file to write; "-": standard output; empty: none
  std::string plot;  ///< the same, without "-"
};

/// What of the command line is wrong, and what would be right.
class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws `CLI::ParseError` (also for --help and --version), `usage_error`, and what `http::parse_url` throws.
options parse_options(CLI::App& app, int argc, const char* const* argv);

/// The address that connection `index` comes from: 127.0.0.2 and those behind it; empty: the system chooses.
std::string source_address(const options& wanted, std::size_t index);

}  // namespace load
