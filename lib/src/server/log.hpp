// The library's log: the spdlog logger "websock", or one on stderr where the program has none.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace websock::log {

enum class level : std::uint8_t { debug, info, warning, error };

/// One line made of the parts. Control characters are escaped, so that no text of a peer can forge
/// a line or reach a terminal.
void write(level at, std::initializer_list<std::string_view> parts);

inline void debug(std::initializer_list<std::string_view> parts) { write(level::debug, parts); }
inline void info(std::initializer_list<std::string_view> parts) { write(level::info, parts); }
inline void warning(std::initializer_list<std::string_view> parts) { write(level::warning, parts); }
inline void error(std::initializer_list<std::string_view> parts) { write(level::error, parts); }

/// Octets of control characters (C0, DEL and C1) and what is not UTF-8 as "\x1b", a backslash as "\\"; the rest as
/// it is. So it is UTF-8, and of one line.
std::string escape(std::string_view text);

/// Inside a catch block: an error with what was thrown, should there be memory for it.
void current_exception(std::string_view where) noexcept;

/// Inside a catch block: what was thrown, in words.
std::string current_exception_text();

}  // namespace websock::log
