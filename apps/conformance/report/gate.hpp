// Whether a run passes: what the exit code says.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/results.hpp"
#include "report/waivers.hpp"

namespace conformance {

/// FAILED, UNCLEAN, WRONG CODE and FAILED BY CLIENT always fail a run. NON-STRICT and UNIMPLEMENTED do only where
/// `strict` asks for it: the one is what an RFC allows, the other what it leaves to the subject. OK and
/// INFORMATIONAL never do.
[[nodiscard]] bool fails(verdict value, bool strict) noexcept;

/// One result, judged by both of its verdicts.
struct judgement {
  enum class outcome : std::uint8_t { passed, waived, failed };

  const case_result* result = nullptr;
  outcome what = outcome::passed;
  std::string reason;  ///< of the waivers
};

struct gate_report {
  std::vector<judgement> judgements;  ///< of all results, agent by agent, in the order of the cases
  std::vector<std::string> unused;  ///< "waivers.json:4:7: /waivers/0/cases/1: ...": what excused nothing

  /// Something was run, nothing failed, and no waiver was in vain.
  [[nodiscard]] bool passed() const noexcept;
};

/// The results must outlive the report.
gate_report judge(const result_set& results, const std::vector<waiver>& waivers, bool strict);

}  // namespace conformance
