// What must hold in a fuzz target, in every kind of build.
#pragma once

#include <cstdlib>

namespace websock::test {

/// Ends the program at once, as a fuzzer wants it, unless `holds`.
inline void require(bool holds) noexcept {
  if (!holds) std::abort();
}

}  // namespace websock::test
