#include "report/compare.hpp"

#include <algorithm>

#include "report/text.hpp"

namespace conformance {
namespace {

// How bad a verdict is; INFORMATIONAL is no judgement.
int badness(verdict value) noexcept {
  switch (value) {
    case verdict::ok:
    case verdict::informational:
      return 0;
    case verdict::non_strict:
      return 1;
    case verdict::unimplemented:
      return 2;
    case verdict::failed_by_client:
      return 3;
    case verdict::wrong_code:
      return 4;
    case verdict::unclean:
      return 5;
    case verdict::failed:
      break;
  }
  return 6;
}

// In one of the two verdicts at least.
template <typename Now>
bool is_worse(const index_entry& before, const Now& now) noexcept {
  return badness(now.behavior) > badness(before.behavior) ||
         badness(now.behavior_close) > badness(before.behavior_close);
}

std::vector<verdict_change>& list_of(comparison& changes, const index_entry& before, const index_entry& now) {
  if (is_worse(before, now)) return changes.worse;
  return is_worse(now, before) ? changes.better : changes.other;
}

bool is_same(const index_entry& left, const index_entry& right) noexcept {
  return left.behavior == right.behavior && left.behavior_close == right.behavior_close;
}

using entries = report_index::mapped_type;

void compare_agent(comparison& changes, const std::string& agent, const entries& before, const entries& now) {
  for (const auto& [id, entry] : now) {
    const auto old = before.find(id);
    if (old == before.end()) {
      changes.added.push_back({agent, id, "", verdicts_text(entry)});
    } else if (!is_same(old->second, entry)) {
      list_of(changes, old->second, entry)
          .push_back({agent, id, verdicts_text(old->second), verdicts_text(entry)});
    }
  }
  for (const auto& [id, entry] : before) {
    if (!now.contains(id)) changes.gone.push_back({agent, id, verdicts_text(entry), ""});
  }
}

std::string line_of(const verdict_change& change) {
  std::string line = "  " + to_line(change.agent) + " " + to_line(change.id) + ": ";
  if (!change.before.empty()) line += "was " + change.before;
  if (!change.before.empty() && !change.after.empty()) line += ", ";
  if (!change.after.empty()) line += "is " + change.after;
  return line + "\n";
}

void add_lines(std::string& text, const std::string& title, const std::vector<verdict_change>& changes) {
  if (changes.empty()) return;
  text += title + " (" + std::to_string(changes.size()) + ")\n";
  for (const auto& change : changes) text += line_of(change);
}

}  // namespace

std::string verdicts_text(const index_entry& entry) {
  std::string text{name_of(entry.behavior)};
  const bool close_tells = entry.behavior_close != verdict::ok && entry.behavior_close != entry.behavior;
  if (close_tells) text.append(", close ").append(name_of(entry.behavior_close));
  if (!is_pass(entry.behavior) && entry.behavior_close == verdict::ok) text += ", close OK";
  return text;
}

comparison compare(const report_index& before, const report_index& now) {
  comparison changes;
  for (const auto& [agent, cases] : now) {
    const auto old = before.find(agent);
    compare_agent(changes, agent, old == before.end() ? entries{} : old->second, cases);
  }
  for (const auto& [agent, cases] : before) {
    if (!now.contains(agent)) changes.gone_agents.push_back(agent);
  }
  return changes;
}

void excuse_what_was(gate_report& gate, const report_index& before) {
  for (judgement& judged : gate.judgements) {
    if (judged.what != judgement::outcome::failed) continue;
    const auto agent = before.find(to_utf8(judged.result->agent));
    if (agent == before.end()) continue;
    const auto old = agent->second.find(judged.result->id);
    if (old == agent->second.end() || is_worse(old->second, *judged.result)) continue;
    judged.what = judgement::outcome::waived;
    judged.reason += judged.reason.empty() ? "no worse than before" : "; no worse than before";
  }
}

std::string to_text(const comparison& changes) {
  std::string text;
  for (const auto& agent : changes.gone_agents) text += "Not run this time: " + to_line(agent) + "\n";
  add_lines(text, "Not run this time", changes.gone);
  add_lines(text, "New", changes.added);
  add_lines(text, "Changed", changes.other);
  add_lines(text, "Better", changes.better);
  add_lines(text, "Worse", changes.worse);
  return text.empty() ? "Nothing changed.\n" : text;
}

}  // namespace conformance
