// "options" of a specification: Autobahn's names for how its own endpoint behaves.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "websock/core/units.hpp"

namespace websock {
class config_node;
}

namespace conformance {

/// How long the runner waits for a subject.
struct peer_timeouts {
  websock::duration open = std::chrono::seconds{5};
  websock::duration close = std::chrono::seconds{1};  ///< from our Close frame to the subject's
  websock::duration drop = std::chrono::seconds{1};  ///< from there to the end of a server's TCP connection
};

/// Reads an "options" object. What this runner does in its own way adds a sentence to `notes`. Throws
/// `websock::config_error`, also for a name that Autobahn does not have.
void read_protocol_options(const websock::config_node& at, peer_timeouts& into,
                           std::vector<std::string>& notes);

}  // namespace conformance
