// Reads case scripts, one a line, and answers each with a line: what is wrong with it, or nothing. For Python's tests.
#include <iostream>
#include <string>

#include "script/catalog.hpp"

namespace {

std::string problem_of(const std::string& script) {
  try {
    conformance::catalog all;
    all.add(script, "mine.json");
  } catch (const conformance::script_error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) std::cout << problem_of(line) << '\n';
}
