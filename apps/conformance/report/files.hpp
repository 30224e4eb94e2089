// The folder of reports.
#pragma once

#include <string>

#include "report/index.hpp"
#include "report/results.hpp"
#include "script/catalog.hpp"

namespace conformance {

/// Writes index.json, index.html and two files a case ("agent_case_1_1_1.json", .html) into `folder`, which is made
/// where it is not there. Agents of an index.json that is there already stay beside those of these results; an
/// agent that is in both is replaced. Throws `report_error`.
void write_reports(const result_set& results, const catalog& cases, const std::string& folder);

}  // namespace conformance
