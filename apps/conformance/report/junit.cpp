#include "report/junit.hpp"

#include <array>
#include <cstdio>
#include <span>

#include "report/text.hpp"

namespace conformance {
namespace {

using outcome = judgement::outcome;

std::string attribute(const char* name, std::string_view value) {
  return std::string{" "} + name + "=\"" + to_markup(value) + "\"";
}

std::string seconds(std::chrono::milliseconds duration) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.3f", std::chrono::duration<double>{duration}.count());
  return text.data();
}

std::string verdicts(const case_result& result) {
  return "behavior " + std::string{name_of(result.behavior)} + ", behaviorClose " +
         std::string{name_of(result.behavior_close)};
}

bool is_skipped(const judgement& judged) {
  const verdict behavior = judged.result->behavior;
  return judged.what == outcome::waived ||
         (judged.what == outcome::passed &&
          (behavior == verdict::informational || behavior == verdict::unimplemented));
}

std::string failure(const case_result& result) {
  return "      <failure" + attribute("message", verdicts(result)) + ">" + to_markup(result.result) + "\n" +
         to_markup(result.result_close) + "</failure>\n";
}

std::string skipped(const judgement& judged) {
  const bool is_waived = judged.what == outcome::waived;
  const std::string why = is_waived ? "waived: " + judged.reason : judged.result->result;
  return "      <skipped" + attribute("message", verdicts(*judged.result) + "; " + why) + "/>\n";
}

std::string test_case_element(const judgement& judged, const catalog& cases) {
  const case_result& result = *judged.result;
  const test_case* script = cases.find(result.id);
  std::string text = "    <testcase" + attribute("classname", script ? script->group : "Other") +
                     attribute("name", result.id) + attribute("time", seconds(result.duration)) + ">\n";
  if (judged.what == outcome::failed) text += failure(result);
  if (is_skipped(judged)) text += skipped(judged);
  return text + "    </testcase>\n";
}

// The judgements of one agent.
std::string test_suite_element(std::span<const judgement> judgements, const catalog& cases) {
  std::string inside;
  std::size_t failures = 0;
  std::size_t skips = 0;
  std::chrono::milliseconds time{};
  for (const auto& judged : judgements) {
    failures += judged.what == outcome::failed ? 1 : 0;
    skips += is_skipped(judged) ? 1 : 0;
    time += judged.result->duration;
    inside += test_case_element(judged, cases);
  }
  return "  <testsuite" + attribute("name", judgements.front().result->agent) +
         attribute("tests", std::to_string(judgements.size())) +
         attribute("failures", std::to_string(failures)) + " errors=\"0\"" +
         attribute("skipped", std::to_string(skips)) + attribute("time", seconds(time)) + ">\n" + inside +
         "  </testsuite>\n";
}

}  // namespace

std::string to_junit(const gate_report& gate, const catalog& cases) {
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"websock-conformance\">\n";
  std::span<const judgement> rest{gate.judgements};
  while (!rest.empty()) {
    std::size_t count = 1;
    while (count < rest.size() && rest[count].result->agent == rest.front().result->agent) ++count;
    text += test_suite_element(rest.first(count), cases);
    rest = rest.subspan(count);
  }
  return text + "</testsuites>\n";
}

}  // namespace conformance
