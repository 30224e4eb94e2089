// The STEPs of a script (cases/schema.json).
#pragma once

#include <vector>

#include "script/test_case.hpp"
#include "server/config_node.hpp"

namespace conformance {

/// Reads an array of steps; "each" is rolled out. Throws `script_error` with the place of what is wrong.
std::vector<script_step> read_steps(const websock::config_node& at);

}  // namespace conformance
