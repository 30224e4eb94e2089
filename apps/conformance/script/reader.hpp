// Scripts from their JSON (cases/schema.json says the same for other programs).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "script/test_case.hpp"

namespace conformance {

/// The cases of one document, in its order. Throws `script_error` with name, line and column, JSON
/// pointer, what is wrong there, and what would be right; also for an id that is there twice or `is_taken`.
std::vector<test_case> read_cases(std::string_view text, std::string_view name,
                                  std::function<bool(const std::string& id)> is_taken = {});

}  // namespace conformance
