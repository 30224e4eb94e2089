// What the protocol core makes of octets from a peer, for differential.py. A line of the standard input is a case:
//
//     ROLE LIMIT DEFLATE PIECE...        such as: server 65536 15,0,15,0 8105 48656c6c6f !close
//
// DEFLATE is "-", or the window bits and the "no context takeover" (0 or 1) of the server, then of the client; a
// piece is octets as hex digits, or "!close" where we close ourselves. A line of the standard output is all that
// happened, each thing as an element of a JSON array.
#include <algorithm>
#include <charconv>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "websock/protocol/connection.hpp"

using namespace websock;
using namespace websock::protocol;

namespace {

std::string from_hex(std::string_view digits) {
  std::string octets;
  for (; digits.size() >= 2; digits.remove_prefix(2)) {
    unsigned octet = 0;
    std::from_chars(digits.data(), digits.data() + 2, octet, 16);
    octets += static_cast<char>(octet);
  }
  return octets;
}

std::string to_hex(bytes_view octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::byte octet : octets) {
    text += digits[std::to_integer<unsigned>(octet) >> 4U];
    text += digits[std::to_integer<unsigned>(octet) & 0xFU];
  }
  return text;
}

std::string told(std::string_view what, bytes_view content) {
  return std::string{what}.append(content.empty() ? "" : " ").append(to_hex(content));
}

std::string told(std::string_view what, const close_status& status) {
  const std::string code = status.code ? " " + std::to_string(static_cast<unsigned>(*status.code)) : "";
  return told(std::string{what} + code, as_bytes(status.reason));
}

// Our endpoint, and one of the other role that reads what ours says.
class talk {
 public:
  explicit talk(std::istream& words) {
    std::string role_name;
    std::string deflate;
    limits limits;
    words >> role_name >> limits.message >> deflate;
    ours_ = {role_name == "server" ? role::server : role::client, limits};
    theirs_ = {role_name == "server" ? role::client : role::server, {}};
    if (deflate == "-") return;
    std::ranges::replace(deflate, ',', ' ');
    std::istringstream numbers{deflate};
    unsigned server_bits = 0;
    unsigned client_bits = 0;
    deflate_parameters agreed;
    numbers >> server_bits >> agreed.server_no_context_takeover >> client_bits >>
        agreed.client_no_context_takeover;
    agreed.server_max_window_bits = static_cast<std::uint8_t>(server_bits);
    agreed.client_max_window_bits = static_cast<std::uint8_t>(client_bits);
    if (ours_.enable_deflate(agreed, {}) || theirs_.enable_deflate(agreed, {})) log_.emplace_back("bad case");
  }

  void take(const std::string& piece) {
    if (piece == "!close") {
      if (!ours_.close(close_code::normal_closure, {})) say_output();
      return;
    }
    const std::string octets = from_hex(piece);
    bytes_view input = as_bytes(octets);
    while (true) {
      const event found = ours_.next(input);
      say_output();
      if (found.what == event::kind::none) return;
      say(found);
    }
  }

  [[nodiscard]] const std::vector<std::string>& log() const noexcept { return log_; }

 private:
  void say(const event& found) {
    const message& content = found.content;
    switch (found.what) {
      case event::kind::message:
        return log_.push_back(told(content.is_text() ? "text" : "binary", content.bytes()));
      case event::kind::ping:
        return log_.push_back(told("ping", content.bytes()));
      case event::kind::pong:
        return log_.push_back(told("pong", content.bytes()));
      case event::kind::close:
        return log_.push_back(told("close", *ours_.peer_close()));
      case event::kind::failure:
        return log_.push_back("failure " + ours_.failure().message());
      case event::kind::none:
        return;
    }
  }

  void say_output() {
    bytes_view output = ours_.output();
    if (theirs_.is_done() && !output.empty()) log_.emplace_back("out something behind a Close frame");
    while (true) {
      const event found = theirs_.next(output);
      if (found.what == event::kind::none) break;
      const bool is_close = found.what == event::kind::close;
      log_.push_back(is_close ? told("out close", *theirs_.peer_close())
                              : told("out pong", found.content.bytes()));
    }
    if (theirs_.failure()) log_.push_back("out what breaks the protocol: " + theirs_.failure().message());
    ours_.consume_output(ours_.output().size());
  }

  connection ours_{role::server, {}};
  connection theirs_{role::client, {}};
  std::vector<std::string> log_;
};

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words{line};
    talk talk{words};
    for (std::string piece; words >> piece;) talk.take(piece);
    std::cout << '[';
    for (std::size_t i = 0; i < talk.log().size(); ++i)
      std::cout << (i == 0 ? "\"" : ", \"") << talk.log()[i] << '"';
    std::cout << ']' << std::endl;
  }
}
