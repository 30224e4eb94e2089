// How a case ends: when everything that was expected has come, or when there was time enough; then the
// closing handshake, and the end of TCP.
#pragma once

#include <optional>
#include <string>

#include "run/conversation.hpp"
#include "run/player.hpp"

namespace conformance {

struct ending {
  bool was_clean = false;
  std::optional<std::string> was_not_clean_reason;
  bool close_handshake_timeout = false;
  bool server_connection_drop_timeout = false;
};

/// From the last step to the end of the connection; bounded.
websock::task<ending> end_conversation(conversation& with, const test_case& script, const player& played,
                                       const run_settings& settings);

/// The first list that is what was received; nothing: none is.
const expected_list* find_match(const conversation& with, const test_case& script);

}  // namespace conformance
