// What a line of the input asks for.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "websock/protocol/close_code.hpp"

namespace command {

struct send {
  std::string_view text;
};
struct ping {
  std::string_view payload;
};
struct close {
  websock::close_code code = websock::close_code::normal_closure;
  std::string_view reason;
};
struct help {};
/// Neither a message nor a command; the text says why, and what would be right.
struct mistake {
  std::string text;
};

}  // namespace command

using any_command =
    std::variant<command::send, command::ping, command::close, command::help, command::mistake>;

/// "/ping", "/close 4000 reason", "/quit", "/help"; "//x" is the message "/x", what does not begin with "/" is
/// one as it is. Views are of the line.
any_command parse_command(std::string_view line);

/// One command a line.
extern const std::string_view command_list;
