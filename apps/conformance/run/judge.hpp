// From what was seen to the verdicts, in the order in which the Autobahn testsuite decides.
#pragma once

#include <string>

#include "run/conversation.hpp"
#include "run/ending.hpp"
#include "run/player.hpp"
#include "run/result.hpp"

namespace conformance {

/// How the opening handshake ended.
struct opened {
  bool is_open = false;
  bool timed_out = false;
  std::string problem;  ///< not empty: not as the case expects
};

/// Fills in all that a conversation tells, and both verdicts.
void judge(case_result& into, const test_case& script, conversation& with, const opened& opening,
           const player& played, const ending& end);

}  // namespace conformance
