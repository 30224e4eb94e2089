// A whole run: threads, phases, and what came of it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "histogram.hpp"
#include "options.hpp"
#include "recorder.hpp"
#include "usage.hpp"

namespace load {

/// What was measured in one piece of the time.
struct interval {
  double from = 0;  ///< seconds since the measuring began
  double to = 0;
  std::uint64_t count = 0;
  percentiles latency;
};

/// Memory of the server, with `--idle` and `--pid`.
struct idle_memory {
  std::uint64_t before = 0;  ///< bytes, without the connections
  std::uint64_t open = 0;
  std::optional<std::uint64_t> touched;  ///< once each had an echo
};

struct results {
  double opening_seconds = 0;  ///< until all connections were there
  double seconds = 0;          ///< measured
  histogram latency;  ///< of messages, or with --connect-rate of whole cycles
  histogram handshakes;
  std::vector<interval> intervals;
  std::optional<double> octets_in_per_message;
  std::optional<double> server_cpu_seconds;
  std::optional<process_usage> server;  ///< at the end
  double client_cpu_seconds = 0;
  std::optional<idle_memory> memory;
  std::size_t still_open = 0;  ///< with --idle, at the end
  failures found;
  bool is_interrupted = false;
};

/// How it goes, about once a second.
struct progress_report {
  double seconds = 0;  ///< of the measuring; 0: not begun
  double of = 0;
  double rate = 0;  ///< messages or cycles a second, since the report before
  percentiles latency;  ///< of the latest interval
  std::uint64_t failed = 0;
};
using progress_function = std::function<void(const progress_report&)>;

/// No end in the time that all of it may take.
class stuck_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Runs it. Throws what kept the connections from being opened, and `stuck_error`: then threads still run, and
/// the process should end by `std::_Exit`. SIGINT and SIGTERM end the measuring early.
results conduct(const options& wanted, const progress_function& show);

}  // namespace load
