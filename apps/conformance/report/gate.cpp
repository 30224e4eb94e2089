#include "report/gate.hpp"

#include <algorithm>

namespace conformance {
namespace {

// A waiver and what of it was of use.
class used_waiver {
 public:
  explicit used_waiver(const waiver& of) : of_{of}, cases_(of.cases.size()) {}

  struct excuses {
    bool behavior = false;
    bool close = false;
  };

  excuses apply(const case_result& result) {
    if (!matches(of_.agent.glob, result.agent)) return {};
    const excuses given{of_.behavior == result.behavior, of_.behavior_close == result.behavior_close};
    if (!(given.behavior || given.close) || !note_case(result.id)) return {};
    behavior_ |= given.behavior;
    close_ |= given.close;
    return given;
  }

  void add_unused(std::vector<std::string>& unused) const {
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      if (!cases_[i])
        unused.push_back(of_.cases[i].place + ": unused: no case " + of_.cases[i].glob + subject());
    }
    const bool all = std::ranges::all_of(cases_, [](bool used) { return used; });
    if (all && of_.behavior && !behavior_) add_verdict(unused, "behavior", *of_.behavior);
    if (all && of_.behavior_close && !close_) add_verdict(unused, "behaviorClose", *of_.behavior_close);
  }

  [[nodiscard]] const std::string& reason() const { return of_.reason; }

 private:
  bool note_case(const std::string& id) {
    bool found = false;
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      if (!matches(of_.cases[i].glob, id)) continue;
      cases_[i] = true;
      found = true;
    }
    return found;
  }

  std::string subject() const {
    std::string text = " of an agent " + of_.agent.glob + " has";
    if (of_.behavior) text.append(" behavior ").append(name_of(*of_.behavior));
    if (of_.behavior && of_.behavior_close) text += " or";
    if (of_.behavior_close) text.append(" behaviorClose ").append(name_of(*of_.behavior_close));
    return text;
  }

  void add_verdict(std::vector<std::string>& unused, const char* key, verdict value) const {
    unused.push_back(of_.agent.place + ": unused: none of its cases has " + key + " " +
                     std::string{name_of(value)});
  }

  const waiver& of_;
  std::vector<bool> cases_;
  bool behavior_ = false;
  bool close_ = false;
};

judgement judge_result(const case_result& result, std::vector<used_waiver>& waivers, bool strict) {
  bool behavior = fails(result.behavior, strict);
  bool close = fails(result.behavior_close, strict);
  judgement judged{&result, judgement::outcome::passed, {}};
  const bool passes = !behavior && !close;
  for (auto& waiver : waivers) {
    const auto excused = waiver.apply(result);
    const bool helped = (behavior && excused.behavior) || (close && excused.close);
    behavior = behavior && !excused.behavior;
    close = close && !excused.close;
    if (helped) judged.reason += (judged.reason.empty() ? "" : "; ") + waiver.reason();
  }
  if (!passes) judged.what = behavior || close ? judgement::outcome::failed : judgement::outcome::waived;
  return judged;
}

}  // namespace

bool fails(verdict value, bool strict) noexcept {
  return !is_pass(value) || (strict && (value == verdict::non_strict || value == verdict::unimplemented));
}

bool gate_report::passed() const noexcept {
  const auto failed = [](const judgement& each) { return each.what == judgement::outcome::failed; };
  return !judgements.empty() && unused.empty() && std::ranges::none_of(judgements, failed);
}

gate_report judge(const result_set& results, const std::vector<waiver>& waivers, bool strict) {
  gate_report report;
  std::vector<used_waiver> used{waivers.begin(), waivers.end()};
  for (const auto& [agent, cases] : results.agents()) {
    for (const auto& [id, result] : cases) report.judgements.push_back(judge_result(result, used, strict));
  }
  for (const auto& waiver : used) waiver.add_unused(report.unused);
  return report;
}

}  // namespace conformance
