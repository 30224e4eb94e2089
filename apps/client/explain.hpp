// What happened, in words for people, and as an exit code for scripts.
#pragma once

#include <exception>
#include <string>

#include "websock/client/connect.hpp"
#include "websock/session.hpp"

enum exit_code : int { success = 0, not_clean = 1, wrong_usage = 2, not_connected = 3 };

/// To standard error, with the program's name before it.
void say(const std::string& text);

struct explanation {
  exit_code code;
  std::string text;
};

/// Why there is no session, from what `connect` threw, and what may help.
explanation explain_no_session(const std::exception_ptr& error);
/// How a session has ended that both sides closed.
explanation explain_close(const websock::session& session);

/// The opening handshake and TLS, a line each with a mark in front, as curl shows them.
std::string describe_handshake(const websock::session& session);
