// The PAYLOAD and EVENT of a script (cases/schema.json).
#pragma once

#include <string>

#include "script/test_case.hpp"
#include "server/config_node.hpp"

namespace conformance {

/// Each throws `script_error` with the place of what is wrong.
payload read_payload(const websock::config_node& at);
std::string read_hex(const websock::config_node& at);
/// `may_wait`: it may have the key "within", which is left to the caller.
expected_event read_event(const websock::config_node& at, bool may_wait = false);

}  // namespace conformance
