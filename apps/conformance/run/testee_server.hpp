// This library as a server that is tested.
#pragma once

#include "run/line_sink.hpp"
#include "run/specification.hpp"

namespace conformance {

/// Echoes on every path of "url", with permessage-deflate and messages of up to 64 MiB, until SIGINT or
/// SIGTERM. Throws `websock::config_error` and `std::system_error` when it cannot listen.
void run_testee_server(const specification& wanted, const line_sink& tell);

}  // namespace conformance
