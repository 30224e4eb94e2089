// Results as a run would make them, for the tests of what is made from results.
#pragma once

#include <string>

#include "report/results.hpp"
#include "script/catalog.hpp"

namespace conformance {

/// Two groups, three cases: 1.1.1, 7.3.4, and 12.1.1, which reports its time.
catalog sample_catalog();

/// A message was echoed, and the connection closed as it should.
case_result passed_result(const std::string& agent, const std::string& id);

/// Case 7.3.4 with a server that ends TCP in the place of an answer to the Close frame.
case_result recorded_result();

/// Everything that a peer can say is an attack on HTML, XML, JSON and terminals.
case_result hostile_result();

result_set results_of(std::initializer_list<case_result> list);

}  // namespace conformance
