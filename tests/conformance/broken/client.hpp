// The peer as a client of Autobahn's fuzzing server.
#pragma once

#include <cstddef>
#include <string>

#include "fault.hpp"

namespace broken {

struct client_options {
  std::string url;  ///< of the fuzzing server, without a path
  std::string agent;
  std::size_t jobs = 8;  ///< cases at the same time
};

/// Asks for the number of cases, runs all of them, and has the report written. Throws `std::system_error`
/// when the server is no fuzzing server; not for what comes of a case.
int run_cases(const client_options& options, fault broken);

}  // namespace broken
