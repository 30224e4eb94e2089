// The report of a case as JSON, with the field names of Autobahn's.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "run/result.hpp"

namespace conformance {

/// All strings in it are valid UTF-8; payloads are cut at `shown_octets`.
nlohmann::json to_json(const case_result& result);

/// [["message", "Hello", false], ["pong", ""], ["timeout", "A"]]
nlohmann::json to_json(const std::vector<event>& events);
/// The same of what a script expects; `seed` is that of random payloads.
nlohmann::json to_json(const std::vector<expected_event>& events, std::uint64_t seed);

}  // namespace conformance
