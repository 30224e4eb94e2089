// Wrong scripts: the place of what is wrong, what would be right, and what is there.
#include "conformance/script_reading.hpp"
#include "support/catch.hpp"

using namespace conformance;

namespace {

// The keys stand on line 2 of "mine.json", behind the id. The message begins with the line.
struct wrong_keys {
  std::string keys;
  std::string problem;
};

void check_all(const std::vector<wrong_keys>& table) {
  for (const auto& [keys, problem] : table) {
    CAPTURE(keys);
    CHECK(problem_of_keys(keys) == "mine.json:" + problem);
  }
}

// The same for steps: of "steps", which begin in column 11, and the pointer behind "/cases/0/steps/".
void check_steps(const std::vector<wrong_keys>& table) {
  for (const auto& [steps, problem] : table) {
    CAPTURE(steps);
    const std::string made = problem_of_keys("\"steps\": [" + steps + "]");
    const std::size_t pointer = problem.find(' ') + 1;
    CHECK(made == "mine.json:2:" + problem.substr(0, pointer) + "/cases/0/steps/" + problem.substr(pointer));
  }
}

const std::string all_steps =
    "expected an object with one of the keys frame, message, octets, wait, expect, echo, close, "
    "expect_close, "
    "expect_end, drop, reading, repeat, each, got ";
const std::string all_frame_keys = "opcode, payload, fin, rsv, masked, key, length, length_bits, chop, sync";

}  // namespace

TEST_CASE("a document that is wrong around its cases") {
  const wrong_keys table[] = {
      {"{\"cases\": [",
       "1:12: not JSON: syntax error while parsing value - unexpected end of input; expected '[', "
       "'{', or a literal"},
      {"[]", "1:1: the whole text: expected an object, got an empty array"},
      {"{\n \"group\": \"A\"}", "1:1: the whole text: the key \"cases\" is missing"},
      {"{\"cases\": {}}", "1:11: /cases: expected an array, got an object"},
      {"{\"cases\": [5]}", "1:12: /cases/0: expected an object, got 5"},
      {"{\"cases\": [{}]}", "1:12: /cases/0: the key \"id\" is missing"},
      {"{\"cases\": [{\"id\": \"1\", \"description\": \"\", \"expectation\": \"\"}]}",
       "1:12: /cases/0: the key \"references\" is missing"},
      {"{\"cases\": [],\n  \"groups\": \"A\"}",
       "2:3: /groups: unknown key; did you mean \"group\"?; expected one of $schema, group, subgroups, "
       "cases"},
      {"{\"cases\": [], \"cases\": []}", "1:15: /cases: the key is given twice"},
      {"{\"cases\": [], \"group\": 1}", "1:24: /group: expected a string, got 1"},
      {"{\"cases\": [], \"$schema\": 1}", "1:26: /$schema: expected a string, got 1"},
      {"{\"cases\": [], \"subgroups\": []}",
       "1:28: /subgroups: expected an object of ids and names, got an empty array"},
      {"{\"cases\": [], \"subgroups\": {\"1.1\": 5}}", "1:36: /subgroups/1.1: expected a string, got 5"},
  };
  for (const auto& [text, problem] : table) {
    CAPTURE(text);
    CHECK(problem_of_document(text) == "mine.json:" + problem);
  }
}

TEST_CASE("a case with wrong keys of its own") {
  check_all({
      {R"("step": [])",
       "2:1: /cases/0/step: unknown key; did you mean \"steps\"?; expected one of id, with, group, subgroup, "
       "description, expectation, explanation, references, subjects, informational, reports_time, "
       "ignores_pongs, "
       "handshake, deflate, steps, expected, closing, finish"},
      {R"("group": null)", "2:10: /cases/0/group: expected a string, got null"},
      {R"("subjects": [])",
       "2:13: /cases/0/subjects: expected \"server\", \"client\" or both, got an empty array"},
      {R"("subjects": ["proxy"])",
       "2:14: /cases/0/subjects/0: expected \"server\" or \"client\", got \"proxy\""},
      {R"("informational": 1)", "2:18: /cases/0/informational: expected true or false, got 1"},
      {R"("expected": [])",
       "2:13: /cases/0/expected: expected an object of verdicts and their lists of events, got an empty "
       "array"},
      {R"("expected": {"GOOD": []})",
       "2:22: /cases/0/expected/GOOD: expected the verdicts OK, NON-STRICT and INFORMATIONAL"},
      {R"("expected": {"OK": [{"message": "a", "within": "1s"}]})",
       "2:48: /cases/0/expected/OK/0/within: unknown key in the event \"message\""},
      {R"("closing": {"by": "peer"})",
       "2:19: /cases/0/closing/by: expected runner, subject, either or nobody, got \"peer\""},
      {R"("closing": {"codes": [65536]})",
       "2:23: /cases/0/closing/codes/0: expected a whole number from 0 to 65535, got 65536"},
      {R"("closing": {"codes": [null]})",
       "2:23: /cases/0/closing/codes/0: expected a whole number from 0 to 65535, got null"},
      {R"("finish": {"after": "0s"})",
       "2:21: /cases/0/finish/after: expected a time such as \"20s\" or \"500ms\", over zero, got \"0s\""},
      {R"("finish": {"how": "drop"})",
       "2:19: /cases/0/finish/how: expected \"close\" or \"kill\", got \"drop\""},
  });
  CHECK(problem_of_document(
            R"({"cases": [{"id": "", "description": "", "expectation": "", "references": []}]})") ==
        "mine.json:1:19: /cases/0/id: expected an id such as \"1.1.1\", got \"\"");
}

TEST_CASE("a wrong handshake and wrong compression") {
  check_all({
      {R"("handshake": {"metod": "GET"})",
       "2:15: /cases/0/handshake/metod: unknown key; did you mean \"method\"?; expected one of method, "
       "target, "
       "version, status, reason_phrase, fields, raw, behind, chop, pause, must_refuse, expect"},
      {R"("handshake": {"fields": {"Origin": 5}})",
       "2:36: /cases/0/handshake/fields/Origin: expected a string, got 5"},
      {R"("handshake": {"fields": []})",
       "2:25: /cases/0/handshake/fields: expected an object of fields, got an empty array"},
      {R"("handshake": {"status": 99})",
       "2:25: /cases/0/handshake/status: expected a whole number from 100 to 999, got 99"},
      {R"("handshake": {"pause": "none"})",
       "2:24: /cases/0/handshake/pause: expected a time such as \"20s\" or \"0ms\", got \"none\""},
      {R"("handshake": {"chop": 1048577})",
       "2:23: /cases/0/handshake/chop: expected a whole number from 0 to 1048576, got 1048577"},
      {R"("handshake": {"expect": {"status": []}})",
       "2:36: /cases/0/handshake/expect/status: expected at least one status, got an empty array"},
      {R"("handshake": {"expect": {"fields": "Allow"}})",
       "2:36: /cases/0/handshake/expect/fields: expected an object of fields and their values, got "
       "\"Allow\""},
      {R"("deflate": {"accept": {}})", "2:23: /cases/0/deflate/accept: expected an array, got an object"},
      {R"("deflate": {"accept": [{"server_max_window_bits": 7}]})",
       "2:51: /cases/0/deflate/accept/0/server_max_window_bits: expected a whole number from 8 to 15, got 7"},
  });
}

TEST_CASE("wrong steps") {
  check_steps({
      {"5", "11: 0: " + all_steps + "5"},
      {"{}", "11: 0: " + all_steps + "an object"},
      {R"({"send": {}})", "11: 0: " + all_steps + "an object"},
      {R"({"drop": "fin", "close": {}})", "11: 0: " + all_steps + "an object"},
      {R"({"drop": "rst"})", "20: 0/drop: expected \"fin\" or \"reset\", got \"rst\""},
      {R"({"reading": "no"})", "23: 0/reading: expected true or false, got \"no\""},
      {R"({"wait": "1"})", "20: 0/wait: expected a time such as \"20s\" or \"500ms\", over zero, got \"1\""},
      {R"({"wait": {"name": "A"}})", "20: 0/wait: the key \"time\" is missing"},
      {R"({"message": {}})", "23: 0/message: expected either \"text\" or \"binary\""},
      {R"({"message": {"text": "", "binary": ""}})", "23: 0/message: expected either \"text\" or \"binary\""},
      {R"({"message": {"text": "", "times": 2}})",
       "36: 0/message/times: unknown key; expected one of text, binary, fragment, chop, compressed"},
      {R"({"echo": {"text": "", "tims": 2}})",
       "33: 0/echo/tims: unknown key; did you mean \"times\"?; expected one of text, binary, fragment, "
       "chop, "
       "compressed, times, within"},
      {R"({"echo": {"text": "", "times": 0}})",
       "42: 0/echo/times: expected a whole number from 1 to 10000000, got 0"},
      {R"({"octets": {}})", "22: 0/octets: the key \"payload\" is missing"},
      {R"({"close": {"code": -1}})", "30: 0/close/code: expected a whole number from 0 to 65535, got -1"},
      {R"({"expect_close": {"codes": 1000}})", "38: 0/expect_close/codes: expected an array, got 1000"},
      {R"({"expect_end": {"reset": 1}})", "36: 0/expect_end/reset: expected true or false, got 1"},
      {R"({"repeat": {"steps": []}})", "22: 0/repeat: the key \"times\" is missing"},
      {R"({"repeat": {"times": 1}})", "22: 0/repeat: the key \"steps\" is missing"},
      {R"({"repeat": {"times": 1, "steps": [{"drop": 1}]}})",
       "54: 0/repeat/steps/0/drop: expected \"fin\" or \"reset\", got 1"},
      {R"({"wait": "1s"}, {"drop": ""})", "36: 1/drop: expected \"fin\" or \"reset\", got \"\""},
  });
}

TEST_CASE("wrong frames") {
  check_steps({
      {R"({"frame": 5})", "21: 0/frame: expected an object with the keys " + all_frame_keys + ", got 5"},
      {R"({"frame": {"opcode": "data"}})",
       "32: 0/frame/opcode: expected continuation, text, binary, close, ping, pong or a number from 0 to 15, "
       "got "
       "\"data\""},
      {R"({"frame": {"opcode": 16}})", "32: 0/frame/opcode: expected a whole number from 0 to 15, got 16"},
      {R"({"frame": {"rsv": 8}})", "29: 0/frame/rsv: expected a whole number from 0 to 7, got 8"},
      {R"({"frame": {"rsv": 1.0}})", "29: 0/frame/rsv: expected a whole number from 0 to 7, got 1.0"},
      {R"({"frame": {"key": "0bf250"}})", "29: 0/frame/key: expected four octets in hex, got \"0bf250\""},
      {R"({"frame": {"length_bits": 8}})", "37: 0/frame/length_bits: expected 7, 16 or 64, got 8"},
      {R"({"frame": {"length_bits": 128}})", "37: 0/frame/length_bits: expected 7, 16 or 64, got 128"},
      {R"({"frame": {"length": -1}})",
       "32: 0/frame/length: expected a whole number from 0 to 18446744073709551615, got -1"},
  });
}

TEST_CASE("wrong payloads") {
  const std::string forms =
      "expected a payload: text, or an object with hex, repeat, content, random or join, got ";
  const std::pair<std::string, std::string> table[] = {
      {"5", "34: " + forms + "5"},
      {"{}", "34: " + forms + "an object"},
      {R"({"base64": ""})", "34: " + forms + "an object"},
      {R"({"hex": "abc"})", "42:/hex expected hex digits, two an octet, got \"abc\""},
      {R"({"hex": "0x00"})", "42:/hex expected hex digits, two an octet, got \"0x00\""},
      {R"({"hex": "", "size": 1})", "54:/size unknown key in a payload by \"hex\""},
      {R"({"repeat": "", "size": 1})", "45:/repeat expected a payload of at least one octet, got \"\""},
      {R"({"repeat": "a"})", "34: expected either \"size\" or \"times\""},
      {R"({"repeat": "a", "size": 1, "times": 1})", "34: expected either \"size\" or \"times\""},
      {R"({"repeat": "a", "size": 1073741825})",
       "58:/size expected a whole number from 0 to 1073741824, got 1073741825"},
      {R"({"repeat": "aa", "times": 536870913})",
       "60:/times expected a whole number from 0 to 536870912, got 536870913"},
      {R"({"content": "xml", "size": 1})",
       "46:/content expected json, picture, prose, html or utf8, got \"xml\""},
      {R"({"content": "json"})", "34: the key \"size\" is missing"},
      {R"({"random": "8"})", "45:/random expected a whole number from 0 to 1073741824, got \"8\""},
      {R"({"join": "a"})", "43:/join expected an array, got \"a\""},
      {R"({"join": ["a", 1]})",
       "49:/join/1 expected a payload: text, or an object with hex, repeat, content, random "
       "or join, got 1"},
  };
  for (const auto& [recipe, expected] : table) {
    CAPTURE(recipe);
    const std::size_t colon = expected.find(':');
    const std::size_t blank = expected.find(' ', colon);
    const std::string pointer =
        "/cases/0/steps/0/octets/payload" + expected.substr(colon + 1, blank - colon - 1) + ":";
    CHECK(problem_of_keys(R"("steps": [{"octets": {"payload": )" + recipe + "}}]") ==
          "mine.json:2:" + expected.substr(0, colon) + ": " + pointer + expected.substr(blank));
  }
}

TEST_CASE("wrong events") {
  check_steps({
      {R"({"expect": {}})", "22: 0/expect: expected an event: message, ping, pong or timeout, got an object"},
      {R"({"expect": "Hello"})",
       "22: 0/expect: expected an event: message, ping, pong or timeout, got \"Hello\""},
      {R"({"expect": {"message": "", "pong": ""}})",
       "46: 0/expect/pong: unknown key in the event \"message\""},
      {R"({"expect": {"pong": "", "binary": true}})",
       "45: 0/expect/binary: unknown key in the event \"pong\""},
      {R"({"expect": {"timeout": {"hex": "00"}}})", "34: 0/expect/timeout: expected a string, got an object"},
      {R"({"expect": {"message": "", "within": 5}})",
       "48: 0/expect/within: expected a time such as \"20s\" or \"500ms\", over zero, got 5"},
  });
}

TEST_CASE("wrong rows") {
  check_all({
      {R"("with": {})", "2:9: /cases/0/with: expected an array, got an object"},
      {R"("with": [])", "2:9: /cases/0/with: expected at least one row, got an empty array"},
      {R"("with": [[]])", "2:10: /cases/0/with/0: expected at least one row, got an empty array"},
      {R"("with": [1])", "2:10: /cases/0/with/0: expected an object with the variables of a row, got 1"},
      {R"("with": [{}, []])",
       "2:14: /cases/0/with/1: expected an object with the variables of a row, got an empty array"},
      {R"("with": [[{}], {}])", "2:16: /cases/0/with/1: expected an array, got an object"},
      {R"("with": [{"n": 1}], "group": "${m}")", "2:30: /cases/0/group: no row has the variable \"m\""},
      {R"("group": "a${m}")", "2:10: /cases/0/group: no row has the variable \"m\""},
      {R"("group": "${m")", "2:10: /cases/0/group: \"${\" without its \"}\" in \"${m\""},
      {R"("with": [{"n": "1"}], "group": "a${n+1}")",
       "2:32: /cases/0/group: expected a number on both sides of the + in \"${n+1}\""},
      {R"("with": [{"n": 1}], "group": "a${n+x}")",
       "2:30: /cases/0/group: expected a number on both sides of the + in \"${n+x}\""},
      {R"("with": [{"n": 1}], "group": "${n}")", "2:30: /cases/0/group: expected a string, got 1"},
  });
  check_steps({
      {R"({"each": [{"n": 1}]})", "11: 0: the key \"steps\" is missing"},
      {R"({"each": [], "steps": []})", "20: 0/each: expected at least one row, got an empty array"},
      {R"({"each": [{}], "steps": [], "wait": "1s"})",
       "39: 0/wait: unknown key; expected one of each, steps"},
      {R"({"each": [{"n": 1}], "steps": [{"drop": "${m}"}]})",
       "51: 0/steps/0/drop: no row has the variable \"m\""},
      {R"({"each": [{"n": 1}], "steps": [{"drop": "${n}"}]})",
       "51: 0/steps/0/drop: expected \"fin\" or \"reset\", got 1"},
  });
}

TEST_CASE("what is wrong inside a row's value is shown where the value is used") {
  check_all({{R"("with": [{"frame": {"opcode": 99}}], "steps": [{"frame": "${frame}"}])",
              "2:58: /cases/0/steps/0/frame/opcode: expected a whole number from 0 to 15, got 99"}});
}
