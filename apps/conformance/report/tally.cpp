#include "report/tally.hpp"

#include <algorithm>
#include <array>

namespace conformance {
namespace {

// From the best to the worst.
constexpr std::array ranking{verdict::ok,
                             verdict::informational,
                             verdict::unimplemented,
                             verdict::non_strict,
                             verdict::failed_by_client,
                             verdict::wrong_code,
                             verdict::unclean,
                             verdict::failed};

auto rank(verdict value) noexcept { return std::ranges::find(ranking, value) - ranking.begin(); }

}  // namespace

verdict worse_of(verdict behavior, verdict close) noexcept {
  return rank(close) > rank(behavior) ? close : behavior;
}

void tally::add(verdict of_behavior, verdict of_close) {
  ++behavior[of_behavior];
  ++close[of_close];
  ++both[worse_of(of_behavior, of_close)];
  ++cases;
  if (is_pass(of_behavior) && is_pass(of_close)) ++passed;
}

verdict tally::worst() const noexcept {
  verdict worst = verdict::ok;
  for (const auto& [value, count] : both) worst = worse_of(worst, value);
  return worst;
}

case_heading heading_of(const std::string& id, const catalog& cases) {
  const std::size_t first = std::min(id.find('.'), id.size());
  const std::size_t second = std::min(id.find('.', std::min(first + 1, id.size())), id.size());
  case_heading heading{id.substr(0, first), {}, id.substr(0, second), {}};
  if (const test_case* script = cases.find(id)) {
    heading.group = script->group;
    heading.subgroup = script->subgroup;
  }
  return heading;
}

}  // namespace conformance
