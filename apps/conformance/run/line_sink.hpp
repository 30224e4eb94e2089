// Where a mode of the program says what it does, line by line.
#pragma once

#include <functional>
#include <string>

namespace conformance {

/// Takes one line, without its end. An empty function: nobody listens.
using line_sink = std::function<void(const std::string& line)>;

inline void say(const line_sink& to, const std::string& line) {
  if (to) to(line);
}

}  // namespace conformance
