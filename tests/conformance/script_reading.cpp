#include "conformance/script_reading.hpp"

#include "script/catalog.hpp"

namespace conformance {

std::string script_with(std::string_view keys) {
  std::string text =
      R"({"cases": [{"description": "D", "expectation": "E", "references": [], "id": "1.1.1",)";
  return text.append("\n").append(keys).append("}]}");
}

test_case read_with(std::string_view keys) { return read_cases(script_with(keys), "mine.json").at(0); }

std::vector<script_step> read_steps_of(std::string_view steps) {
  return read_with("\"steps\": [" + std::string{steps} + "]").steps;
}

std::string problem_of_document(std::string_view text) {
  try {
    (void)read_cases(text, "mine.json");
  } catch (const script_error& error) {
    return error.what();
  }
  return {};
}

std::string problem_of_keys(std::string_view keys) { return problem_of_document(script_with(keys)); }

}  // namespace conformance
