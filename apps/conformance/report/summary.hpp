// The end of a run, for a terminal or a log.
#pragma once

#include <string>

#include "report/gate.hpp"
#include "script/catalog.hpp"

namespace conformance {

struct summary_style {
  bool colours = false;   ///< for a terminal; else plain text
  std::size_t width = 0;  ///< columns of the terminal; 0: no limit
};

/// Groups in rows and agents in columns with "passed/all", what each verdict's count is, and then every case that
/// does not pass, with its sentence, and what each waiver excused.
std::string summary(const gate_report& gate, const catalog& cases, const summary_style& style);

}  // namespace conformance
