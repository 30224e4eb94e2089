// Cases of a script: their own keys, the handshake, compression, and how they end.
#include "conformance/script_reading.hpp"
#include "support/catch.hpp"

using namespace conformance;
using namespace std::chrono_literals;

namespace {

const std::string everything = R"({
  "$schema": "schema.json",
  "group": "Framing",
  "subgroups": { "1.1": "Text", "1.2": "Binary" },
  "cases": [
    { "id": "1.2.7", "description": "What", "expectation": "Then", "explanation": "Why",
      "references": ["RFC 6455 5.6", "RFC 3629"], "subjects": ["client"], "informational": true,
      "reports_time": true, "ignores_pongs": true },
    { "id": "1.1.1", "description": "D", "expectation": "E", "references": [], "group": "Other",
      "subgroup": "Own" },
    { "id": "9", "description": "D", "expectation": "E", "references": [] } ] })";

}  // namespace

TEST_CASE("a case has what its script says, and the document's groups") {
  const auto cases = read_cases(everything, "all.json");
  REQUIRE(cases.size() == 3);
  const test_case& first = cases[0];
  CHECK(first.id == "1.2.7");
  CHECK(first.group == "Framing");
  CHECK(first.subgroup == "Binary");
  CHECK(first.description == "What");
  CHECK(first.expectation == "Then");
  CHECK(first.explanation == "Why");
  CHECK(first.references == std::vector<std::string>{"RFC 6455 5.6", "RFC 3629"});
  CHECK_FALSE(first.for_servers);
  CHECK(first.for_clients);
  CHECK(first.informational);
  CHECK(first.reports_time);
  CHECK(first.ignores_pongs);
  CHECK(cases[1].group == "Other");
  CHECK(cases[1].subgroup == "Own");
  CHECK(cases[2].subgroup.empty());
}

TEST_CASE("what a case leaves out is as the format has it") {
  const test_case plain = read_with(R"("steps": [])");
  CHECK(plain.for_servers);
  CHECK(plain.for_clients);
  CHECK_FALSE(plain.informational);
  CHECK_FALSE(plain.reports_time);
  CHECK_FALSE(plain.ignores_pongs);
  CHECK_FALSE(plain.handshake);
  CHECK_FALSE(plain.deflate);
  CHECK_FALSE(plain.has_expected);
  CHECK(plain.closing.by == closer::runner);
  CHECK(plain.closing.codes == std::vector<std::uint16_t>{1000});
  CHECK(plain.closing.must_be_clean);
  CHECK_FALSE(plain.closing.wrong_code_fails);
  CHECK(plain.at_end.after == 1s);
  CHECK_FALSE(plain.at_end.kill);
}

TEST_CASE("the handshake of a case") {
  const test_case made = read_with(R"("handshake": {
    "method": "POST", "target": "/other", "version": "HTTP/1.0", "status": 200, "reason_phrase": "Fine",
    "fields": { "Origin": null, "X": ["a", "b"], "Y": "c" }, "behind": {"hex": "8100"}, "chop": 7,
    "pause": "10ms", "must_refuse": true,
    "expect": { "status": [400, 426], "fields": {"Allow": "*"}, "end_allowed": true } })");
  REQUIRE(made.handshake);
  const handshake_script& handshake = *made.handshake;
  CHECK(handshake.method == "POST");
  CHECK(handshake.target == "/other");
  CHECK(handshake.version == "HTTP/1.0");
  CHECK(handshake.status == 200U);
  CHECK(handshake.reason_phrase == "Fine");
  REQUIRE(handshake.fields.size() == 3);
  CHECK(handshake.fields[0].name == "Origin");
  CHECK(handshake.fields[0].values.empty());
  CHECK(handshake.fields[1].values == std::vector<std::string>{"a", "b"});
  CHECK(handshake.fields[2].values == std::vector<std::string>{"c"});
  CHECK_FALSE(handshake.raw);
  CHECK(handshake.behind.make(0) == std::string("\x81\0", 2));
  CHECK(handshake.chop == 7);
  CHECK(handshake.pause == 10ms);
  CHECK(handshake.must_refuse);
  CHECK(handshake.statuses == std::vector<unsigned>{400, 426});
  REQUIRE(handshake.response_fields.size() == 1);
  CHECK(handshake.response_fields[0] == std::pair<std::string, std::string>{"Allow", "*"});
  CHECK(handshake.end_allowed);
}

TEST_CASE("what the runner fills into a raw head is no variable, with and without rows") {
  const std::string raw = R"("handshake": { "raw": "GET $${path} HTTP/1.1\r\n" })";
  CHECK(read_with(raw).handshake->raw->make(0) == "GET ${path} HTTP/1.1\r\n");
  CHECK(read_with(raw + R"(, "with": [{"n": 1}])").handshake->raw->make(0) == "GET ${path} HTTP/1.1\r\n");
  const test_case of_row =
      read_with(R"("with": [{"raw": "GET ${path}"}], "handshake": { "raw": "${raw}", "pause": "0ms" })");
  CHECK(of_row.handshake->raw->make(0) == "GET ${path}");
  CHECK(of_row.handshake->pause == 0s);
}

TEST_CASE("a status may stand without an array") {
  CHECK(read_with(R"("handshake": {"expect": {"status": 400}})").handshake->statuses ==
        std::vector<unsigned>{400});
}

TEST_CASE("the compression of a case") {
  const test_case made = read_with(R"("deflate": { "offer": "permessage-deflate",
    "accept": [{"server_no_context_takeover": true, "client_no_context_takeover": true,
                "server_max_window_bits": 8, "client_max_window_bits": 15}, {}],
    "required": false, "agreed": true })");
  REQUIRE(made.deflate);
  CHECK(made.deflate->offer == "permessage-deflate");
  REQUIRE(made.deflate->accept.size() == 2);
  const deflate_wish& wish = made.deflate->accept[0];
  CHECK(wish.server_no_context_takeover);
  CHECK(wish.client_no_context_takeover);
  CHECK(wish.server_max_window_bits == 8);
  CHECK(wish.client_max_window_bits == 15);
  CHECK(made.deflate->accept[1].server_max_window_bits == 0);
  CHECK_FALSE(made.deflate->required);
  CHECK(made.deflate->agreed == true);
  CHECK(read_with(R"("deflate": {})").deflate->required);
  CHECK_FALSE(read_with(R"("deflate": {})").deflate->agreed);
}

TEST_CASE("how a case ends") {
  const test_case made = read_with(
      R"("closing": {"by": "subject", "codes": [1002, 1007], "clean": false, "wrong_code_fails": true},
         "finish": {"after": "1.5s", "how": "kill"})");
  CHECK(made.closing.by == closer::subject);
  CHECK(made.closing.codes == std::vector<std::uint16_t>{1002, 1007});
  CHECK_FALSE(made.closing.must_be_clean);
  CHECK(made.closing.wrong_code_fails);
  CHECK(made.at_end.after == 1500ms);
  CHECK(made.at_end.kill);
  CHECK(read_with(R"("closing": {"by": "either"})").closing.by == closer::either);
  CHECK(read_with(R"("closing": {"by": "nobody", "codes": []})").closing.codes.empty());
  CHECK(read_with(R"("closing": {"by": "nobody"})").closing.by == closer::nobody);
  CHECK(read_with(R"("closing": {"by": "runner"})").closing.by == closer::runner);
  CHECK_FALSE(read_with(R"("finish": {"how": "close"})").at_end.kill);
}

TEST_CASE("lists of expected events") {
  const test_case made = read_with(R"("expected": {
    "NON-STRICT": [], "INFORMATIONAL": [{"ping": "p"}],
    "OK": [{"message": "one"}, {"message": {"hex": "ff"}, "binary": true}, {"pong": ""}, {"timeout": "A"}] })");
  CHECK(made.has_expected);
  REQUIRE(made.expected.size() == 3);
  const auto list = std::ranges::find(made.expected, "OK", &expected_list::verdict);
  REQUIRE(list != made.expected.end());
  const auto& events = list->events;
  REQUIRE(events.size() == 4);
  CHECK(events[0].what == event_kind::message);
  CHECK_FALSE(events[0].binary);
  CHECK(events[0].content.make(0) == "one");
  CHECK(events[1].binary);
  CHECK(events[1].content.make(0) == "\xff");
  CHECK(events[2].what == event_kind::pong);
  CHECK(events[3].what == event_kind::timeout);
  CHECK(events[3].content.make(0) == "A");
}

TEST_CASE("an empty object of expected lists is not the same as none") {
  CHECK(read_with(R"("expected": {})").has_expected);
}
