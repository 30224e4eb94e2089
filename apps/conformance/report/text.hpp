// What peers and scripts say, made fit for JSON, HTML, XML and a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace conformance {

/// Valid UTF-8: an octet that is none becomes the text "\xff". All else stays as it is.
std::string to_utf8(std::string_view octets);

/// One line that can be read: control characters and those that mislead are escaped, too ("\x1b", "\n").
std::string to_line(std::string_view octets);

/// `to_line` for the text and the attributes of HTML and XML 1.0.
std::string to_markup(std::string_view octets);
/// The same with its line breaks.
std::string to_markup_lines(std::string_view octets);

/// "888e0bf250a0"
std::string to_hex(std::string_view octets);

/// The first `most` octets of a text of which `octets` is the beginning and `size` the length: up to three
/// less where that is the difference between UTF-8 and a cut character.
std::string_view front_of(std::string_view octets, std::uint64_t size, std::size_t most);

/// How much of an opening handshake's half is shown: some cases have megabytes of it.
inline constexpr std::size_t shown_head = 8192;

/// "Hello", or "Hell ... (70000 octets)" where not all is there.
std::string payload_text(std::string_view octets, std::uint64_t size, std::size_t most);

/// "2026-06-02T16:11:46.653Z"
std::string to_iso(std::chrono::system_clock::time_point time);

}  // namespace conformance
