// Known, explained exceptions: verdicts that are not OK and yet do not fail a run.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run/verdict.hpp"

namespace conformance {

/// Excuses `behavior` or `behavior_close` (or each of them) of cases of agents, where the verdict is exactly this.
struct waiver {
  struct pattern {
    std::string glob;
    std::string place;  ///< "waivers.json:4:7: /waivers/0/cases/1"
  };

  pattern agent;
  std::vector<pattern> cases;
  std::optional<verdict> behavior;
  std::optional<verdict> behavior_close;
  std::string reason;
};

/// Reads {"waivers": [{"agent": "ws*", "cases": ["6.4.*"], "behavior": "NON-STRICT", "reason": "..."}]}: all of
/// agent, cases and reason, and one of behavior and behaviorClose at least. Throws `websock::config_error` with
/// the place of the first mistake; `name` stands for the file.
std::vector<waiver> parse_waivers(std::string_view text, const std::string& name);
/// Throws `websock::config_error` also for a file that cannot be read.
std::vector<waiver> read_waivers(const std::string& path);

}  // namespace conformance
