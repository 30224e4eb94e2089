// --list, --explain and --schema.
#pragma once

#include <string>

#include "script/catalog.hpp"

namespace conformance {

/// A line a case: id, whom it tests, description. Throws `script_error` where none fits the glob.
std::string list_cases(const catalog& all, const std::string& glob);

/// What a case is about, does and expects, for a terminal. Throws `script_error` for an unknown id.
std::string explain_case(const catalog& all, const std::string& id);

}  // namespace conformance
