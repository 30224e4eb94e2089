// Rows and variables: how one script becomes many cases and many steps.
#include "conformance/script_reading.hpp"
#include "support/catch.hpp"

using namespace conformance;

namespace {

using texts = std::vector<std::string>;

texts ids_with(const std::string& id, const std::string& rows) {
  const std::string text = R"({"cases": [{"id": ")" + id + R"(", "with": )" + rows +
                           R"(, "description": "D", "expectation": "E", "references": []}]})";
  texts ids;
  for (const test_case& one : read_cases(text, "mine.json")) ids.push_back(one.id);
  return ids;
}

// What the text messages of the steps say.
texts messages_with(const std::string& keys) {
  texts made;
  for (const script_step& one : read_with(keys).steps)
    made.push_back(std::get<message_step>(one).content.make(0));
  return made;
}

}  // namespace

TEST_CASE("a case for each row") {
  CHECK(ids_with("a.${n}", R"([{"n": 1}, {"n": "x"}, {"n": 3}])") == texts{"a.1", "a.x", "a.3"});
  CHECK(ids_with("${n}", R"([{"n": "1.2"}])") == texts{"1.2"});
  CHECK(ids_with("a.${n}${n}", R"([{"n": 1}])") == texts{"a.11"});
  CHECK(ids_with("${a}.${b}", R"([{"a": 1, "b": 2}])") == texts{"1.2"});
}

TEST_CASE("a product of rows, the first varies slowest") {
  CHECK(ids_with("${a}.${b}", R"([[{"a": 1}, {"a": 2}], [{"b": 3}, {"b": 4}]])") ==
        texts{"1.3", "1.4", "2.3", "2.4"});
  CHECK(ids_with("${a}.${b}.${c}", R"([[{"a": 1}], [{"b": 2, "c": 9}], [{"c": 3}, {"c": 4}]])") ==
        texts{"1.2.3", "1.2.4"});
}

TEST_CASE("a sum with a variable") {
  CHECK(ids_with("a.${n+24}", R"([{"n": 0}, {"n": 1}])") == texts{"a.24", "a.25"});
  const test_case made =
      read_with(R"("with": [{"n": 125}], "steps": [{"frame": {"payload": {"random": "${n+1}"}}}])");
  CHECK(std::get<frame_step>(made.steps[0]).content.size() == 126);
}

TEST_CASE("a variable alone keeps its type") {
  const test_case made = read_with(R"("with": [{"fin": false, "payload": {"hex": "ff"}, "codes": [1002, 1007],
      "step": {"drop": "reset"}, "none": null}],
    "handshake": {"fields": {"Origin": "${none}"}},
    "steps": [{"frame": {"fin": "${fin}", "payload": "${payload}"}}, "${step}"], "closing": {"codes": "${codes}"})");
  CHECK_FALSE(std::get<frame_step>(made.steps[0]).fin);
  CHECK(std::get<frame_step>(made.steps[0]).content.make(0) == "\xff");
  CHECK(std::get<drop_step>(made.steps[1]).reset);
  CHECK(made.closing.codes == std::vector<std::uint16_t>{1002, 1007});
  CHECK(made.handshake->fields.at(0).values.empty());
}

TEST_CASE("in a longer text a value is written out") {
  const test_case made = read_with(R"("with": [{"n": 1, "on": true, "list": [1, "a"], "what": "x"}],
    "explanation": "${n} ${on} ${list} ${what}$${what} $5 {n}")");
  CHECK(made.explanation == "1 true [1,\"a\"] x${what} $5 {n}");
}

TEST_CASE("what a row's value says is not looked at again") {
  const test_case made = read_with(R"("with": [{"a": "${b}", "b": "x"}], "explanation": "${a}!")");
  CHECK(made.explanation == "${b}!");
}

TEST_CASE("steps for each row, in their place") {
  CHECK(messages_with(R"("steps": [{"message": {"text": "before"}},
    {"each": [{"n": 1}, {"n": 2}], "steps": [{"message": {"text": "a${n}"}}, {"message": {"text": "b${n}"}}]},
    {"message": {"text": "behind"}}])") == texts{"before", "a1", "b1", "a2", "b2", "behind"});
  CHECK(messages_with(R"("steps": [{"each": [[{"a": 1}, {"a": 2}], [{"b": 3}, {"b": 4}]],
    "steps": [{"message": {"text": "${a}${b}"}}]}])") == texts{"13", "14", "23", "24"});
}

TEST_CASE("steps for each row know the variables around them, and theirs come first") {
  CHECK(messages_with(R"("with": [{"n": 1, "c": "case"}], "steps": [
    {"each": [{"n": 2}, {"n": 3}], "steps": [{"message": {"text": "${c} ${n} $${n}"}}]}])") ==
        texts{"case 2 ${n}", "case 3 ${n}"});
  CHECK(messages_with(R"("with": [{"n": 1}], "steps": [
    {"each": [[{"a": "x"}], [{"a": "${n}"}]], "steps": [{"message": {"text": "${a}${n}"}}]}])") ==
        texts{"11"});
  CHECK(messages_with(R"("steps": [{"each": [{"a": 1}, {"a": 2}], "steps": [
    {"each": [{"b": "${a}3"}], "steps": [{"message": {"text": "${a} ${b}"}}]}]}])") == texts{"1 13", "2 23"});
}

TEST_CASE("rows of steps may be a variable, too") {
  CHECK(messages_with(R"("with": [{"rows": [{"n": 1}, {"n": 2}]}], "steps": [
    {"each": "${rows}", "steps": [{"message": {"text": "m${n}"}}]}])") == texts{"m1", "m2"});
  CHECK(
      messages_with(R"("with": [{"steps": [{"each": [{"n": 5}], "steps": [{"message": {"text": "m${n}"}}]}]}],
    "steps": "${steps}")") == texts{"m5"});
}
