// Which answers to an offer of permessage-deflate RFC 7692 section 7.1 allows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "run/compression.hpp"
#include "script/test_case.hpp"
#include "websock/http/fields.hpp"

namespace conformance {

struct agreed_deflate {
  deflate_direction from_server;
  deflate_direction from_client;
};

/// A server's answer to the client's offers.
struct deflate_answer {
  std::string problem;  ///< not empty: RFC 6455 or 7692 does not allow it
  std::optional<agreed_deflate> agreed;  ///< nothing: no compression
};

/// What the answer in `response` means, where `request` has the offers.
deflate_answer judge_answer(const websock::http::fields& request, const websock::http::fields& response);

/// Whether the client's Sec-WebSocket-Extensions, if there is one, is a list as RFC 6455 section 9.1 has it.
bool is_well_formed(const websock::http::fields& request);

/// The first wish that may answer one of the offers in `request`.
struct made_answer {
  std::string field;  ///< value of Sec-WebSocket-Extensions
  agreed_deflate agreed;
};
std::optional<made_answer> make_answer(const websock::http::fields& request,
                                       const std::vector<deflate_wish>& wishes);

}  // namespace conformance
