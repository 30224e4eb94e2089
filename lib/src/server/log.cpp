#include "server/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>

#include "websock/protocol/utf8.hpp"

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

// The octets of the code point that the text begins with; 0: it begins with none.
std::size_t code_point_size(std::string_view text) noexcept {
  protocol::utf8_validator validator;
  for (std::size_t size = 1; size <= std::min<std::size_t>(text.size(), 4); ++size) {
    if (!validator.feed(as_bytes(text.substr(size - 1, 1)))) return 0;
    if (validator.is_complete()) return size;
  }
  return 0;
}

// C1 control characters are C2 80 to C2 9F in UTF-8; U+009B begins a terminal's commands.
bool is_control(std::string_view point) noexcept {
  const auto first = static_cast<unsigned char>(point[0]);
  if (point.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(point[1]) <= 0x9F;
}

}  // namespace

std::string escape(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = code_point_size(text);
    const std::string_view point = text.substr(0, std::max<std::size_t>(size, 1));
    if (point == "\\") {
      escaped += "\\\\";
    } else if (size == 0 || is_control(point)) {
      for (const char octet : point) append_hex(escaped, static_cast<unsigned char>(octet));
    } else {
      escaped += point;
    }
    text.remove_prefix(point.size());
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
