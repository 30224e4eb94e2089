// Scripts in tests: one case around the keys that a test is about.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "script/reader.hpp"

namespace conformance {

/// A document of one case with the id "1.1.1", the keys that each case needs, and `keys` on line 2.
std::string script_with(std::string_view keys);

/// Its case.
test_case read_with(std::string_view keys);

/// The steps of such a case: `steps` is the array's inside.
std::vector<script_step> read_steps_of(std::string_view steps);

/// What `read_cases` says of a document named "mine.json"; empty: nothing.
std::string problem_of_document(std::string_view text);
std::string problem_of_keys(std::string_view keys);

/// The only step that `step` stands for. Throws when it is another one.
template <typename Step>
Step read_step_as(std::string_view step) {
  return std::get<Step>(read_steps_of(step).at(0));
}

}  // namespace conformance
