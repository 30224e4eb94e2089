// The page that shows all agents beside each other.
#pragma once

#include <chrono>
#include <string>

#include "report/index.hpp"
#include "script/catalog.hpp"

namespace conformance {

/// Agents in columns, each with the verdict of the case and of the close; cases in rows, by group.
std::string overview_page(const report_index& index, const catalog& cases,
                          std::chrono::system_clock::time_point generated);

}  // namespace conformance
