// Results as JUnit XML, which CI systems show.
#pragma once

#include <string>

#include "report/gate.hpp"
#include "script/catalog.hpp"

namespace conformance {

/// A testsuite an agent, a testcase a case. A failure is what fails the gate; what is waived, INFORMATIONAL or
/// UNIMPLEMENTED is skipped, with its reason. Well-formed XML 1.0, whatever a peer sent.
std::string to_junit(const gate_report& gate, const catalog& cases);

}  // namespace conformance
