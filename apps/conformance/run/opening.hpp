// The runner's half of the opening handshake (RFC 6455 section 4), as a script has it: good or bad.
#pragma once

#include <optional>
#include <string>

#include "run/case_run.hpp"
#include "run/negotiation.hpp"
#include "websock/http/head.hpp"

namespace conformance {

/// The octets of a client's request. `key` goes into Sec-WebSocket-Key.
std::string write_request(const test_case& script, const server_address& server, const std::string& key,
                          std::uint64_t seed);

/// What a server's answer is worth.
struct judged_response {
  bool is_open = false;
  std::string problem;  ///< not empty: not what the case expects, or no right 101
  std::optional<agreed_deflate> deflate;
};

/// `request` are the octets of ours.
judged_response judge_response(const test_case& script, const std::string& request, const std::string& key,
                               const websock::http::response& response);

/// The octets of a server's answer, and what it agrees to.
struct made_response {
  std::string octets;
  std::optional<agreed_deflate> deflate;
};
made_response write_response(const test_case& script, const websock::http::request& request,
                             std::uint64_t seed);

/// Whether the request is what section 4.1 wants of a client; else why not.
std::string judge_request(const websock::http::request& request);

}  // namespace conformance
