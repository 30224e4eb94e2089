// index.json: the verdicts of a folder of reports, Autobahn's or ours.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "report/results.hpp"
#include "run/verdict.hpp"

namespace conformance {

/// A report that cannot be read or written: "reports/index.json: ...".
class report_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct index_entry {
  verdict behavior = verdict::failed;
  verdict behavior_close = verdict::failed;
  std::chrono::milliseconds duration{};
  std::optional<std::uint16_t> remote_close_code;
  std::string report_file;  ///< of the case: "agent_case_1_1_1.json"
};

/// By agent (valid UTF-8) and case.
using report_index = std::map<std::string, std::map<std::string, index_entry, id_order>>;

/// Two agents whose names look alike in a file's name get different ones ("ws_case_...", "ws_2_case_...");
/// those of `kept` are not touched.
report_index index_of(const result_set& results, const report_index& kept = {});

nlohmann::json to_json(const report_index& index);

/// Throws `report_error`; `name` stands for the file.
report_index parse_index(std::string_view text, const std::string& name);
report_index read_index(const std::string& path);

}  // namespace conformance
