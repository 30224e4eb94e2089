// What must hold in a fuzz target, in every kind of build.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace websock::test {

/// Ends the program at once, as a fuzzer wants it, unless `holds`.
inline void require(bool holds, std::source_location where = std::source_location::current()) noexcept {
  if (holds) return;
  std::fprintf(stderr, "%s:%u: does not hold\n", where.file_name(), where.line());
  std::abort();
}

}  // namespace websock::test
