#include "report/compare.hpp"

#include "sample_results.hpp"
#include "support/catch.hpp"

namespace conformance {
namespace {

index_entry entry(verdict behavior, verdict close = verdict::ok) {
  return {behavior, close, {}, 1000, "f.json"};
}

TEST_CASE("what got worse, better, new and gone is told apart") {
  report_index before;
  before["a"] = {{"1.1.1", entry(verdict::ok)},
                 {"1.1.2", entry(verdict::failed)},
                 {"1.1.3", entry(verdict::ok)},
                 {"1.1.4", entry(verdict::ok)},
                 {"7.1.6", entry(verdict::ok)}};
  before["b"] = {{"1.1.1", entry(verdict::ok)}};
  report_index now;
  now["a"] = {{"1.1.1", entry(verdict::failed)},
              {"1.1.2", entry(verdict::ok)},
              {"1.1.3", entry(verdict::ok)},
              {"1.1.5", entry(verdict::ok)},
              {"7.1.6", entry(verdict::informational, verdict::informational)}};
  const comparison changes = compare(before, now);
  CHECK(changes.got_worse());
  CHECK(to_text(changes) ==
        "Not run this time: b\n"
        "Not run this time (1)\n  a 1.1.4: was OK\n"
        "New (1)\n  a 1.1.5: is OK\n"
        "Changed (1)\n  a 7.1.6: was OK, is INFORMATIONAL\n"
        "Better (1)\n  a 1.1.2: was FAILED, close OK, is OK\n"
        "Worse (1)\n  a 1.1.1: was OK, is FAILED, close OK\n");
}

TEST_CASE("a close that got worse is worse, whatever the behavior did") {
  const report_index before{{"a", {{"1.1.1", entry(verdict::failed)}}}};
  const report_index now{{"a", {{"1.1.1", entry(verdict::ok, verdict::unclean)}}}};
  CHECK(compare(before, now).got_worse());
  CHECK_FALSE(compare(now, report_index{{"a", {{"1.1.1", entry(verdict::ok)}}}}).got_worse());
}

TEST_CASE("a new agent and equal verdicts are nothing worse") {
  const report_index one{{"a", {{"1.1.1", entry(verdict::failed)}}}};
  CHECK(to_text(compare(one, one)) == "Nothing changed.\n");
  const comparison changes = compare({}, one);
  CHECK_FALSE(changes.got_worse());
  CHECK(changes.added.size() == 1);
}

TEST_CASE("an index of Autobahn's can be compared with") {
  const auto old = parse_index(R"({
   "websock server": {
      "7.3.4": {
         "behavior": "OK",
         "behaviorClose": "OK",
         "duration": 2,
         "remoteCloseCode": 1000,
         "reportfile": "websock_server_case_7_3_4.json"
      }
   }
})",
                               "index.json");
  const comparison changes = compare(old, index_of(results_of({recorded_result()})));
  REQUIRE(changes.worse.size() == 1);
  CHECK(changes.worse.front().before == "OK");
  CHECK(changes.worse.front().after == "OK, close UNCLEAN");
}

TEST_CASE("what was as bad before does not fail the run; what is worse or new does") {
  case_result bad = passed_result("a", "1.1.1");
  bad.behavior = verdict::failed;
  const result_set results = results_of({bad});
  const auto outcome_against = [&results](const report_index& before) {
    gate_report gate = judge(results, {}, false);
    excuse_what_was(gate, before);
    return gate.judgements.front().what;
  };
  const auto index_with = [](const std::string& agent, const index_entry& old) {
    return report_index{{agent, {{"1.1.1", old}}}};
  };
  using outcome = judgement::outcome;
  CHECK(outcome_against(index_with("a", entry(verdict::failed))) == outcome::waived);
  CHECK(outcome_against(index_with("a", entry(verdict::failed, verdict::unclean))) == outcome::waived);
  CHECK(outcome_against(index_with("a", entry(verdict::ok))) == outcome::failed);
  CHECK(outcome_against(index_with("b", entry(verdict::failed))) == outcome::failed);
  CHECK(outcome_against({}) == outcome::failed);
}

}  // namespace
}  // namespace conformance
