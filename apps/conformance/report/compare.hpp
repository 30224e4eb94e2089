// What changed against an older run.
#pragma once

#include <string>
#include <vector>

#include "report/gate.hpp"
#include "report/index.hpp"

namespace conformance {

/// "OK", or "OK, close UNCLEAN" where the close has a verdict of its own.
std::string verdicts_text(const index_entry& entry);

struct verdict_change {
  std::string agent;
  std::string id;
  std::string before;  ///< as `verdicts_text`
  std::string after;
};

struct comparison {
  std::vector<verdict_change> worse;  ///< in one of the two verdicts at least
  std::vector<verdict_change> better;
  std::vector<verdict_change> other;  ///< neither: OK and INFORMATIONAL
  std::vector<verdict_change> added;  ///< cases and agents that are new; `before` is empty
  std::vector<verdict_change> gone;   ///< cases that were not run this time; `after` is empty
  std::vector<std::string> gone_agents;

  [[nodiscard]] bool got_worse() const noexcept { return !worse.empty(); }
};

comparison compare(const report_index& before, const report_index& now);

/// Waives what was as bad before, so that a run fails only by what is worse or new.
void excuse_what_was(gate_report& gate, const report_index& before);

/// Lines for a terminal or a log, what got worse at the end: where one looks. "Nothing changed.\n" without changes.
std::string to_text(const comparison& changes);

}  // namespace conformance
