// Rows of variables: how one script makes many cases.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "server/config_node.hpp"

namespace conformance {

/// The rows of "with" or "each": an array of objects, or an array of such arrays, whose product is
/// taken (the first varies slowest). Throws `script_error`.
std::vector<nlohmann::json> read_rows(const websock::config_node& at);

/// A copy of the value in which "${name}" stands for what the row says: a string that is nothing else
/// becomes the row's value of whatever type, in others it is written out; "${name+1}" adds to a number,
/// and "$${" is "${". The steps of an "each" stay as they are, and its rows get what they lack from `row`.
/// Throws `script_error` for a name that the row has not.
nlohmann::json substitute(const websock::config_node& at, const nlohmann::json& row);

}  // namespace conformance
