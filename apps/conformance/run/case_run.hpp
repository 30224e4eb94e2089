// One case with one subject, over a stream that is connected: what the modes of the program are made of.
#pragma once

#include <cstdint>
#include <string>

#include "run/result.hpp"
#include "script/test_case.hpp"
#include "websock/http/head.hpp"
#include "websock/io/byte_stream.hpp"
#include "websock/task.hpp"

namespace conformance {

struct run_settings {
  std::string agent;         ///< of the subject; empty: a server's is taken from its Server field
  std::uint64_t number = 0;  ///< of the case in this run, from 1
  std::uint64_t seed = 0;
  duration open_timeout = std::chrono::seconds{5};
  duration close_timeout = std::chrono::seconds{1};  ///< from our Close frame to the subject's
  duration drop_timeout = std::chrono::seconds{1};  ///< from there to the end of a server's TCP connection
};

/// Where a server is, as the request names it.
struct server_address {
  std::string host;  ///< value of the Host field
  std::string target;  ///< path and query
};

/// Plays the client. Never throws for what the subject does: that is in the result.
websock::task<case_result> test_server(websock::io::stream_ptr stream, const test_case& script,
                                       const server_address& server, const run_settings& settings);

/// The result of a case for which there was no connection.
case_result not_connected(const test_case& script, const run_settings& settings, const std::string& problem);

/// A client's request, as it came.
struct received_request {
  websock::http::request head;
  std::string octets;  ///< of the head
  std::string behind;  ///< what came with it
};

/// Plays the server, from the answer to the request on.
websock::task<case_result> test_client(websock::io::stream_ptr stream, const test_case& script,
                                       received_request request, const run_settings& settings);

}  // namespace conformance
