// The handler that most tests of a session serve.
#pragma once

#include "websock/session.hpp"

namespace support {

inline websock::task<void> echo(websock::session& server) {
  while (auto received = co_await server.receive()) {
    co_await server.send(*received);
  }
}

}  // namespace support
