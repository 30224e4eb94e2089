#include "command.hpp"

#include <charconv>
#include <cstdint>

#include "escape.hpp"
#include "websock/core/bytes.hpp"
#include "websock/protocol/utf8.hpp"

namespace {

constexpr std::size_t longest_ping = 125;    // RFC 6455 section 5.5
constexpr std::size_t longest_reason = 123;  // two octets of these are the code

// The first word, which is cut off together with the blank behind it.
std::string_view take_word(std::string_view& text) {
  const auto end = text.find(' ');
  const auto word = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return word;
}

any_command parse_ping(std::string_view payload) {
  if (payload.size() > longest_ping) {
    return command::mistake{"/ping: the payload has " + std::to_string(payload.size()) +
                            " bytes; at most 125 fit into a ping"};
  }
  return command::ping{payload};
}

any_command parse_close(std::string_view rest) {
  command::close wanted;
  const std::string_view digits = take_word(rest);
  if (!digits.empty()) {
    std::uint16_t code = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code);
    wanted.code = static_cast<websock::close_code>(code);
    if (error != std::errc{} || end != digits.data() + digits.size() || !is_sendable(wanted.code)) {
      return command::mistake{"/close: \"" + escape(digits, line_breaks::escape) +
                              "\" is no code that may be sent: 1000-1003, 1007-1014 or 3000-4999"};
    }
  }
  wanted.reason = rest;
  if (rest.size() > longest_reason) {
    return command::mistake{"/close: the reason has " + std::to_string(rest.size()) +
                            " bytes; at most 123 fit into a Close frame"};
  }
  if (!websock::protocol::is_utf8(websock::as_bytes(rest)))
    return command::mistake{"/close: the reason is not valid UTF-8"};
  return wanted;
}

}  // namespace

const std::string_view command_list =
    "  /ping [PAYLOAD]         measures the round trip\n"
    "  /close [CODE [REASON]]  closes the session, with 1000 unless CODE says otherwise\n"
    "  /quit                   the same as /close\n"
    "  /help                   shows this\n"
    "  //TEXT                  sends \"/TEXT\"\n";

any_command parse_command(std::string_view line) {
  if (!line.starts_with('/')) return command::send{line};
  if (line.starts_with("//")) return command::send{line.substr(1)};
  std::string_view rest = line;
  const std::string_view name = take_word(rest);
  if (name == "/ping") return parse_ping(rest);
  if (name == "/close") return parse_close(rest);
  if (name == "/quit") return command::close{};
  if (name == "/help") return command::help{};
  return command::mistake{"unknown command \"" + escape(name.substr(0, 40), line_breaks::escape) +
                          "\"; /help lists them, and //... sends a line that begins with \"/\""};
}
