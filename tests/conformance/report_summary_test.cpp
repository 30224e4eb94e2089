#include "report/summary.hpp"

#include <algorithm>
#include <sstream>

#include "sample_results.hpp"
#include "support/catch.hpp"

namespace conformance {
namespace {

std::size_t longest_line(const std::string& text) {
  std::size_t longest = 0;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);) {
    const auto characters = std::ranges::count_if(line, [](char each) { return (each & 0xc0) != 0x80; });
    longest = std::max(longest, static_cast<std::size_t>(characters));
  }
  return longest;
}

TEST_CASE("the summary counts by group and verdict and lists what fails") {
  const auto results = results_of(
      {recorded_result(), passed_result("websock server", "1.1.1"), passed_result("other", "7.3.4")});
  CHECK(summary(judge(results, {}, false), sample_catalog(), {}) ==
        "                   other  websock server\n"
        "1 Framing              -             1/1\n"
        "7 Close              1/1             0/1\n"
        "All                  1/1             1/2\n"
        "\n"
        "OK                     1               2\n"
        "close OK               1               1\n"
        "close UNCLEAN          -               1\n"
        "\n"
        "websock server\n"
        "  7.3.4      OK, close UNCLEAN  The spec requires the connection to be failed cleanly here: "
        "peer dropped the TCP connection without previous WebSocket closing handshake\n"
        "\n"
        "3 results: 2 passed, 1 failed, 0 waived\n");
}

TEST_CASE("the summary fits the terminal") {
  result_set results;
  for (int i = 0; i < 12; ++i) {
    case_result result = recorded_result();
    result.agent = "an agent with a name that is long " + std::to_string(i);
    results.add(result);
  }
  const gate_report gate = judge(results, {}, false);
  for (const std::size_t width : {48U, 80U, 120U}) {
    CAPTURE(width);
    CHECK(longest_line(summary(gate, sample_catalog(), {false, width})) <= width);
  }
}

TEST_CASE("colours are for terminals") {
  const auto results = results_of({recorded_result()});
  const gate_report gate = judge(results, {}, false);
  CHECK(summary(gate, sample_catalog(), {false, 80}).find('\x1b') == std::string::npos);
  CHECK(summary(gate, sample_catalog(), {true, 80}).find("\x1b[31m") != std::string::npos);
}

TEST_CASE("the summary says what waivers did") {
  const auto results = results_of({recorded_result()});
  const auto waivers = parse_waivers(R"({"waivers": [
      {"agent": "*", "cases": ["7.3.4"], "behaviorClose": "UNCLEAN", "reason": "known"},
      {"agent": "*", "cases": ["1.*"], "behavior": "FAILED", "reason": "gone"}]})",
                                     "w.json");
  const std::string text = summary(judge(results, waivers, false), sample_catalog(), {});
  CHECK(text.find("waived: known (") != std::string::npos);
  CHECK(text.find("w.json:3:32: /waivers/1/cases/0: unused") != std::string::npos);
  CHECK(text.ends_with("1 results: 0 passed, 0 failed, 1 waived\n"));
}

TEST_CASE("a hostile peer does not reach the terminal") {
  const auto results = results_of({hostile_result()});
  const std::string text = summary(judge(results, {}, false), sample_catalog(), {false, 0});
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\xff') == std::string::npos);
}

TEST_CASE("a run of nothing says so") {
  CHECK(summary(judge({}, {}, false), sample_catalog(), {}) == "No case was run.\n");
}

}  // namespace
}  // namespace conformance
