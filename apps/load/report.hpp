// What came of a run, for people and for programs.
#pragma once

#include <string>

#include "options.hpp"
#include "run.hpp"

namespace load {

/// What was done, in one line: "64 connections, 64 B binary, 16 in flight".
std::string describe(const options& wanted);

/// A few lines, the last with its newline.
std::string to_text(const options& wanted, const results& found);

/// One object on one line, without a newline. Times are in microseconds where the name says so (`_us`), else in
/// seconds; what was not measured is null or not there. docs/load.md has the fields.
std::string to_json(const options& wanted, const results& found);

}  // namespace load
