#include "report/gate.hpp"

#include "sample_results.hpp"
#include "support/catch.hpp"
#include "websock/server/config.hpp"

namespace conformance {
namespace {

using outcome = judgement::outcome;

case_result result_with(verdict behavior, verdict close, const std::string& id = "6.4.1") {
  case_result result = passed_result("ws/8.18", id);
  result.behavior = behavior;
  result.behavior_close = close;
  return result;
}

std::vector<waiver> waivers_of(const std::string& inside) {
  return parse_waivers("{\"waivers\": [\n" + inside + "\n]}", "waivers.json");
}

const std::string non_strict =
    R"({"agent": "ws*", "cases": ["6.4.*"], "behavior": "NON-STRICT", "reason": "it waits for the end"})";

std::string error_of(const std::string& text) {
  try {
    parse_waivers(text, "w.json");
  } catch (const websock::config_error& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("a dropped connection fails the run although the case passes") {
  const auto results = results_of({recorded_result()});
  CHECK_FALSE(judge(results, {}, false).passed());
}

TEST_CASE("which verdicts fail a run") {
  for (const verdict value :
       {verdict::failed, verdict::unclean, verdict::wrong_code, verdict::failed_by_client}) {
    CHECK(fails(value, false));
    CHECK(fails(value, true));
  }
  for (const verdict value : {verdict::non_strict, verdict::unimplemented}) {
    CHECK_FALSE(fails(value, false));
    CHECK(fails(value, true));
  }
  for (const verdict value : {verdict::ok, verdict::informational}) CHECK_FALSE(fails(value, true));
}

TEST_CASE("a run of nothing does not pass") { CHECK_FALSE(judge({}, {}, false).passed()); }

TEST_CASE("a waiver excuses exactly the verdict that it names") {
  const auto waivers = waivers_of(non_strict);
  const auto results = results_of({result_with(verdict::non_strict, verdict::ok)});
  const gate_report gate = judge(results, waivers, true);
  CHECK(gate.passed());
  CHECK(gate.judgements.front().what == outcome::waived);
  CHECK(gate.judgements.front().reason == "it waits for the end");

  const auto failed = results_of({result_with(verdict::failed, verdict::ok)});
  CHECK(judge(failed, waivers, true).judgements.front().what == outcome::failed);
}

TEST_CASE("a waiver of the behavior does not excuse the close") {
  const auto results = results_of({result_with(verdict::non_strict, verdict::unclean)});
  CHECK_FALSE(judge(results, waivers_of(non_strict), true).passed());
  const auto both = waivers_of(non_strict + R"(,
    {"agent": "*", "cases": ["6.4.1"], "behaviorClose": "UNCLEAN", "reason": "it hangs up"})");
  const gate_report gate = judge(results, both, true);
  CHECK(gate.passed());
  CHECK(gate.judgements.front().reason == "it waits for the end; it hangs up");
}

TEST_CASE("a waiver is of use also where the run would pass without it") {
  const auto results = results_of({result_with(verdict::non_strict, verdict::ok)});
  const gate_report gate = judge(results, waivers_of(non_strict), false);
  CHECK(gate.passed());
  CHECK(gate.judgements.front().what == outcome::passed);
}

TEST_CASE("an unused waiver is an error that names the place") {
  const auto results = results_of({result_with(verdict::ok, verdict::ok)});
  const gate_report gate = judge(results, waivers_of(non_strict), false);
  CHECK_FALSE(gate.passed());
  CHECK(gate.unused ==
        std::vector<std::string>{"waivers.json:2:28: /waivers/0/cases/0: unused: no case 6.4.* of an "
                                 "agent ws* has behavior NON-STRICT"});
}

TEST_CASE("each case and each verdict of a waiver must be of use") {
  const auto results = results_of({result_with(verdict::failed, verdict::ok, "9.3.1")});
  const gate_report gate = judge(results, waivers_of(R"(
    {"agent": "*", "cases": ["9.3.1", "9.3.2"], "behavior": "FAILED", "reason": "limit"},
    {"agent": "*", "cases": ["9.3.1"], "behavior": "FAILED", "behaviorClose": "UNCLEAN", "reason": "limit"})"),
                                 false);
  REQUIRE(gate.unused.size() == 2);
  CHECK(gate.unused[0] ==
        "waivers.json:3:39: /waivers/0/cases/1: unused: no case 9.3.2 of an agent * has behavior FAILED");
  CHECK(gate.unused[1] ==
        "waivers.json:4:5: /waivers/1: unused: none of its cases has behaviorClose UNCLEAN");
}

TEST_CASE("mistakes in waivers are refused with their place") {
  CHECK(error_of("[]").starts_with("w.json:1:1: the whole text: expected an object with the keys waivers"));
  CHECK(error_of("{}") == "w.json:1:1: the whole text: the key \"waivers\" is missing");
  CHECK(error_of(R"({"waivers": [{"cases": ["*"], "behavior": "FAILED", "reason": "r"}]})") ==
        "w.json:1:14: /waivers/0: the key \"agent\" is missing");
  CHECK(error_of(R"({"waivers": [{"agent": "*", "cases": ["*"], "behavior": "FAILED"}]})") ==
        "w.json:1:14: /waivers/0: the key \"reason\" is missing");
  CHECK(error_of(R"({"waivers": [{"agent": "*", "cases": ["*"], "behavior": "FAILED", "reason": " "}]})") ==
        "w.json:1:77: /waivers/0/reason: expected a reason, got \" \"");
  CHECK(error_of(R"({"waivers": [{"agent": "*", "cases": ["*"], "reason": "r"}]})") ==
        "w.json:1:14: /waivers/0: \"behavior\" or \"behaviorClose\" is missing");
  CHECK(error_of(R"({"waivers": [{"agent": "*", "cases": [], "behavior": "FAILED", "reason": "r"}]})") ==
        "w.json:1:38: /waivers/0/cases: expected at least one case, got an empty array");
  CHECK(error_of(R"({"waivers": [{"agent": "*", "cases": ["*"], "behavior": "OK", "reason": "r"}]})") ==
        "w.json:1:57: /waivers/0/behavior: expected NON-STRICT, UNIMPLEMENTED or FAILED, got \"OK\"");
  CHECK(
      error_of(R"({"waivers": [{"agent": "*", "cases": ["*"], "behaviourClose": "UNCLEAN", "reason": "r"}]})")
          .find("did you mean \"behaviorClose\"?") != std::string::npos);
}

}  // namespace
}  // namespace conformance
