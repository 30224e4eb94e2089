// Tests servers: plays the client in each case, several connections at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "report/results.hpp"
#include "run/specification.hpp"
#include "websock/io/tls.hpp"

namespace conformance {

struct server_run {
  server_entry server;
  case_list cases;
  std::size_t jobs = 8;    ///< connections at once
  std::uint64_t seed = 0;
  websock::io::tls_client_options tls;
};

/// Called with each result as it comes, never by two threads at once.
using on_result = std::function<void(const case_result& result, std::size_t done, std::size_t of)>;

/// Runs the cases: the light ones first, so that no busy neighbour makes their times longer. Throws
/// `std::system_error` where nobody answers there at all. Blocks, with threads of its own.
void run_fuzzing_client(const server_run& wanted, result_set& into, const on_result& report);

}  // namespace conformance
