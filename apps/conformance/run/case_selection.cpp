// From the globs of a specification to cases.
#include <algorithm>

#include "run/specification.hpp"
#include "websock/server/config.hpp"

namespace conformance {
namespace {

bool fits(const std::vector<case_glob>& globs, std::string_view id) noexcept {
  return std::ranges::any_of(globs, [id](const case_glob& glob) { return matches(glob.text, id); });
}

// "1, 2, ... 13, c, d": what an id may begin with.
std::string groups_of(const catalog& all) {
  std::string text;
  std::string_view last;
  for (const auto& one : all.cases()) {
    const std::string_view group = std::string_view{one->id}.substr(0, one->id.find('.'));
    if (group == last) continue;
    text.append(text.empty() ? "" : ", ").append(group);
    last = group;
  }
  return text;
}

void require_matches(const std::vector<case_glob>& globs, const catalog& all) {
  for (const case_glob& glob : globs) {
    const bool found =
        std::ranges::any_of(all.cases(), [&glob](const auto& one) { return matches(glob.text, one->id); });
    if (found) continue;
    throw websock::config_error{
        glob.place + ": no case fits \"" + glob.text +
        "\"; a case is named as in \"1.1.1\", many as in \"6.*\", and the groups are " + groups_of(all)};
  }
}

}  // namespace

case_list select_cases(const specification& wanted, const catalog& all, subject_role subject) {
  require_matches(wanted.cases, all);
  require_matches(wanted.excluded, all);
  for (const agent_exclusion& each : wanted.excluded_for) require_matches(each.cases, all);
  case_list selected;
  for (const auto& one : all.cases()) {
    const bool can_test = subject == subject_role::server ? one->for_servers : one->for_clients;
    const bool is_wanted = wanted.cases.empty() || fits(wanted.cases, one->id);
    if (can_test && is_wanted && !fits(wanted.excluded, one->id)) selected.push_back(one);
  }
  if (selected.empty())
    throw websock::config_error{"no case is left to run: see \"cases\" and \"exclude-cases\""};
  return selected;
}

bool is_excluded(const specification& wanted, std::string_view agent, std::string_view id) noexcept {
  return std::ranges::any_of(wanted.excluded_for, [&](const agent_exclusion& each) {
    return matches(each.agent, agent) && fits(each.cases, id);
  });
}

}  // namespace conformance
