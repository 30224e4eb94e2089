// The wire log of a case: as the arrays of Autobahn's JSON, and as lines to read.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "run/result.hpp"

namespace conformance {

/// ["TO", [20, "888e..."], false], ["KL", 1.0]... The end of the TCP connection has no entry there; entries
/// that are not kept are one: ["WLM", false, their number].
nlohmann::json wire_log_json(const std::vector<wire_entry>& log);

/// Lines of one entry, and what it is about.
struct wire_lines {
  enum class kind : std::uint8_t { received, sent, timer, end };

  kind what{};
  bool is_frame = false;
  std::vector<std::string> lines;
};

/// "003 TX OCTETS: 888e0bf2...": lines of at most 100 characters of data, of which the first 64 octets are shown.
/// The last entry says who ended TCP.
std::vector<wire_lines> wire_log_lines(const case_result& result);

}  // namespace conformance
