// What this library is told when it is tested, in both roles.
#pragma once

#include "websock/session_options.hpp"

namespace conformance {

/// Room for the largest message of the cases (16 MiB), however it comes; the rest is as users have it.
inline websock::session_options testee_options() {
  websock::session_options options;
  options.limits.message = 64ULL << 20;
  options.permessage_deflate.emplace();
  return options;
}

}  // namespace conformance
