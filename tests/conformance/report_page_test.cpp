#include <sstream>

#include "report/case_page.hpp"
#include "report/overview.hpp"
#include "sample_results.hpp"
#include "support/catch.hpp"

namespace conformance {
namespace {

// What a reader sees of a page: a row of a table is a line, its cells one behind the other.
class page_text {
 public:
  explicit page_text(const std::string& html) {
    for (rest_ = html.substr(html.find("<body>")); !rest_.empty();) take();
  }

  std::vector<std::string> lines() const {
    std::vector<std::string> found;
    std::istringstream stream{text_};
    for (std::string line; std::getline(stream, line);) {
      if (line.find_first_not_of(' ') != std::string::npos) found.push_back(line);
    }
    return found;
  }

 private:
  void take() {
    if (rest_.front() == '<') return take_tag();
    if (rest_.front() == '&') return take_entity();
    text_ += rest_.front();
    rest_.erase(0, 1);
  }

  void take_tag() {
    const std::size_t end = rest_.find('>') + 1;
    const std::string tag = rest_.substr(0, end);
    for (const char* block : {"</tr", "</p", "</h", "</pre", "</a"}) {
      if (tag.starts_with(block)) text_ += '\n';
    }
    rest_.erase(0, end);
  }

  void take_entity() {
    const std::size_t end = rest_.find(';') + 1;
    const std::string entity = rest_.substr(0, end);
    text_ += entity == "&lt;"     ? '<'
             : entity == "&gt;"   ? '>'
             : entity == "&quot;" ? '"'
             : entity == "&#39;"  ? '\''
                                  : '&';
    rest_.erase(0, end);
  }

  std::string rest_;
  std::string text_;
};

// The report of the Autobahn testsuite on this case, but for its name and its explanations of the keys.
const std::vector<std::string> recorded_lines{
    "websock conformance report",
    "websock server - Case 7.3.4 : Pass - 1 ms @ 2026-06-02T16:11:46.653Z",
    "Close : Unclean",
    "Case Description",
    "Send a close frame with close code and close reason",
    "Case Expectation",
    "Clean close with normal code.",
    "Case Outcome",
    "Actual events match at least one expected.",
    "Expected:",
    "{'OK': []}",
    "Observed:",
    "[]",
    "Case Closing Behavior",
    "The spec requires the connection to be failed cleanly here (UNCLEAN)",
    "Opening Handshake",
    "GET /ws HTTP/1.1",
    "User-Agent: AutobahnTestSuite/25.10.1-0.10.9",
    "Host: 127.0.0.1:8888",
    "Upgrade: WebSocket",
    "Connection: Upgrade",
    "Pragma: no-cache",
    "Cache-Control: no-cache",
    "Sec-WebSocket-Key: hbr3lLZ7IX8r2mOOX5TV3A==",
    "Sec-WebSocket-Version: 13",
    "HTTP/1.1 101 Switching Protocols",
    "Date: Tue, 02 Jun 2026 16:11:46 GMT",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-Websocket-Accept: TrZ787aaZZ/goQPOMoO8Ao6iuI4=",
    "Closing Behavior",
    "KeyValueDescription",
    "isServerFalse...",
    "closedByMeTrue...",
    "failedByMeFalse...",
    "droppedByMeFalse...",
    "wasCleanFalse...",
    "wasNotCleanReasonpeer dropped the TCP connection without previous WebSocket closing handshake...",
    "wasServerConnectionDropTimeoutFalse...",
    "wasOpenHandshakeTimeoutFalse...",
    "wasCloseHandshakeTimeoutFalse...",
    "localCloseCode1000...",
    "localCloseReasonHello World!...",
    "remoteCloseCodeNone...",
    "remoteCloseReasonNone...",
    "Wire Statistics",
    "Octets Received by Chop Size",
    "Chop SizeCountOctets",
    "1661166",
    "Total1166",
    "Octets Transmitted by Chop Size",
    "Chop SizeCountOctets",
    "20120",
    "2441244",
    "Total2264",
    "Frames Received by Opcode",
    "OpcodeCount",
    "Total0",
    "Frames Transmitted by Opcode",
    "OpcodeCount",
    "81",
    "Total1",
    "Wire Log",
    "000 TX OCTETS: "
    "474554202f777320485454502f312e310d0a557365722d4167656e743a204175746f6261686e5465737453756974652f3235",
    "               2e31302e312d302e31302e390d0a ...",
    "001 RX OCTETS: "
    "485454502f312e312031303120537769746368696e672050726f746f636f6c730d0a446174653a205475652c203032204a75",
    "               6e20323032362031363a31313a34 ...",
    "002 TX FRAME : OPCODE=8, FIN=True, RSV=0, PAYLOAD-LEN=14, MASK=0bf250a0, PAYLOAD-REPEAT-LEN=None, "
    "CHOPSIZE=None, SYNC=False",
    "               0x03e848656c6c6f20576f726c6421",
    "003 TX OCTETS: 888e0bf250a0081a18c5679e3f805c9d22cc6fd3",
    "004 FAIL CONNECTION AFTER 1.000000 sec",
    "005 TCP DROPPED BY PEER"};

// A recorded line that ends with "..." is the beginning of ours.
bool reads_like(const std::string& line, const std::string& recorded) {
  if (!recorded.ends_with("...") || recorded.ends_with(" ...")) return line == recorded;
  return line.starts_with(recorded.substr(0, recorded.size() - 3));
}

bool is_tidy(const std::string& page) {
  return page.find("<script>alert") == std::string::npos && page.find('\x1b') == std::string::npos &&
         page.find('\xff') == std::string::npos && page.find('\0') == std::string::npos &&
         page.find("\xe2\x80\xae") == std::string::npos;
}

constexpr std::chrono::system_clock::time_point generated{};

TEST_CASE("the page of a case reads line by line like the original's") {
  const auto lines = page_text{case_page(recorded_result(), nullptr, {})}.lines();
  for (std::size_t i = 0; i < std::min(lines.size(), recorded_lines.size()); ++i) {
    CAPTURE(i, lines[i], recorded_lines[i]);
    CHECK(reads_like(lines[i], recorded_lines[i]));
  }
  CHECK(lines.size() == recorded_lines.size());
}

TEST_CASE("the page of a case with an unclean close is not green") {
  const std::string page = case_page(recorded_result(), nullptr, {});
  CHECK(page.find("class=\"headline unclean\"") != std::string::npos);
  CHECK(page.find("class=\"headline ok\"") == std::string::npos);
  CHECK(case_page(passed_result("a", "7.3.4"), nullptr, {}).find("class=\"headline ok\"") !=
        std::string::npos);
}

TEST_CASE("the page of a case shows events as the original does") {
  case_result result = passed_result("a", "1.1.1");
  result.expected.push_back({"NON-STRICT", {{event_kind::pong, false, payload{"it's"}}}});
  result.received.push_back({event_kind::message, true, std::string(256, '*'), 70'000});
  const std::string page = case_page(result, nullptr, {});
  CHECK(page.find("{&#39;OK&#39;: [(&#39;message&#39;, &#39;Hello&#39;, False)], &#39;NON-STRICT&#39;: "
                  "[(&#39;pong&#39;, &#39;it\\&#39;s&#39;)]}") != std::string::npos);
  CHECK(page.find(std::string(256, '*') + " ... (70000 octets)&#39;, True)]") != std::string::npos);
}

TEST_CASE("the page of a case links to its neighbours and tells why it matters") {
  const catalog cases = sample_catalog();
  const std::string page = case_page(recorded_result(), cases.find("7.3.4"),
                                     {"a_case_7_3_4.json", "a_case_7_3_3.html", "a_case_7_3_5.html"});
  CHECK(page.find("href=\"a_case_7_3_4.json\"") != std::string::npos);
  CHECK(page.find("href=\"a_case_7_3_3.html\"") != std::string::npos);
  CHECK(page.find("href=\"a_case_7_3_5.html\"") != std::string::npos);
  CHECK(page.find("RFC 6455 7.1.5") != std::string::npos);
}

TEST_CASE("nothing that a peer says becomes markup") {
  const auto results = results_of({hostile_result()});
  CHECK(is_tidy(case_page(hostile_result(), nullptr, {})));
  CHECK(is_tidy(overview_page(index_of(results), sample_catalog(), generated)));
}

TEST_CASE("a page needs nothing but itself") {
  const auto results = results_of({recorded_result()});
  for (const auto& page : {case_page(recorded_result(), nullptr, {}),
                           overview_page(index_of(results), sample_catalog(), generated)}) {
    CHECK(page.find("src=") == std::string::npos);
    CHECK(page.find("<link") == std::string::npos);
    CHECK(page.find("url(") == std::string::npos);
    CHECK(page.find("@import") == std::string::npos);
    CHECK(page.find("prefers-color-scheme") != std::string::npos);
  }
}

TEST_CASE("the overview shows both verdicts of each agent and what is missing") {
  case_result wrong = passed_result("beta", "1.1.1");
  wrong.behavior_close = verdict::wrong_code;
  wrong.remote_close_code = 1002;
  const auto results =
      results_of({recorded_result(), passed_result("beta", "7.3.4"), wrong, passed_result("beta", "12.1.1")});
  const std::string page = overview_page(index_of(results), sample_catalog(), generated);
  CHECK(page.find("3 cases, 2 agents") != std::string::npos);
  CHECK(page.find("<td><div><a class=\"ok\" href=\"websock_server_case_7_3_4.html\">Pass</a>"
                  "<i class=\"close unclean\" title=\"UNCLEAN\">Unclean</i></div></td>") !=
        std::string::npos);
  CHECK(page.find("<i class=\"close wrong-code\" title=\"WRONG CODE\">1002</i>") != std::string::npos);
  CHECK(page.find("<td class=\"missing\">&ndash;</td>") != std::string::npos);
  CHECK(page.find("<small>1 ms</small>") != std::string::npos);
  CHECK(page.find("<b>0</b> of 1 without a failure") != std::string::npos);
  CHECK(page.find("<b>2</b> of 3 without a failure") != std::string::npos);
}

TEST_CASE("the overview has groups and cases in the order of their numbers") {
  const auto results =
      results_of({passed_result("a", "12.1.1"), passed_result("a", "7.3.4"), passed_result("a", "1.1.1")});
  const std::string page = overview_page(index_of(results), sample_catalog(), generated);
  const std::size_t first = page.find("id=\"group-1\"");
  const std::size_t second = page.find("id=\"group-7\"");
  const std::size_t third = page.find("id=\"group-12\"");
  CHECK(first < second);
  CHECK(second < third);
  CHECK(third != std::string::npos);
  CHECK(page.find("<tr class=\"group fine\" id=\"group-7\">") != std::string::npos);
  CHECK(page.find("7 Close</th>") != std::string::npos);
  CHECK(page.find("7.3 Close frames</th>") != std::string::npos);
}

}  // namespace
}  // namespace conformance
