#include "server/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <exception>

namespace websock::log {
namespace {

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> used = [] {
    auto existing = spdlog::get("websock");
    return existing ? existing : spdlog::stderr_color_mt("websock");
  }();
  return *used;
}

spdlog::level::level_enum to_spdlog(level at) noexcept {
  switch (at) {
    case level::debug:
      return spdlog::level::debug;
    case level::info:
      return spdlog::level::info;
    case level::warning:
      return spdlog::level::warn;
    case level::error:
      break;
  }
  return spdlog::level::err;
}

void append_hex(std::string& text, unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  text += "\\x";
  text += digits[byte >> 4U];
  text += digits[byte & 0xFU];
}

}  // namespace

std::string escape(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // C1 control characters are C2 80 to C2 9F in UTF-8; U+009B begins a terminal's commands.
    const bool is_c1 =
        byte >= 0x80 && byte <= 0x9F && i > 0 && static_cast<unsigned char>(text[i - 1]) == 0xC2;
    if (byte == '\\') {
      escaped += "\\\\";
    } else if (byte < 0x20 || byte == 0x7F || is_c1) {
      append_hex(escaped, byte);
    } else {
      escaped += text[i];
    }
  }
  return escaped;
}

void write(level at, std::initializer_list<std::string_view> parts) {
  spdlog::logger& to = logger();
  if (!to.should_log(to_spdlog(at))) return;
  std::string line;
  for (const std::string_view part : parts) line += part;
  to.log(to_spdlog(at), spdlog::string_view_t{escape(line)});
}

void current_exception(std::string_view where) noexcept {
  try {
    error({where, current_exception_text()});
  } catch (...) {  // there is nobody left to tell
  }
}

std::string current_exception_text() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

}  // namespace websock::log
