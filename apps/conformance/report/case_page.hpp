// The page of one case with one agent.
#pragma once

#include <string>

#include "run/result.hpp"

namespace conformance {

/// Files that the page links to, beside it; empty: none.
struct case_links {
  std::string json;
  std::string previous;
  std::string next;
};

/// `script` is where the explanation and the references are from; null: there are none.
std::string case_page(const case_result& result, const test_case* script, const case_links& links);

}  // namespace conformance
