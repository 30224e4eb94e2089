#include "lane.hpp"

#include <algorithm>
#include <cstring>

namespace load {

bool is_right(const websock::message& echo, const websock::prepared_message& sent,
              verification how) noexcept {
  if (how == verification::none) return true;
  const websock::bytes_view wanted = sent.bytes();
  if (echo.kind() != sent.kind() || echo.size() != wanted.size()) return false;
  if (how == verification::length || wanted.empty()) return true;
  return std::memcmp(echo.bytes().data(), wanted.data(), wanted.size()) == 0;
}

std::string describe_wrong(const websock::message& echo, const websock::prepared_message& sent) {
  if (echo.kind() != sent.kind()) return "an echo of the other type (text, binary)";
  if (echo.size() != sent.size()) {
    return "an echo of " + std::to_string(echo.size()) + " bytes, and " + std::to_string(sent.size()) +
           " were sent";
  }
  const websock::bytes_view came = echo.bytes();
  const auto differs = std::ranges::mismatch(came, sent.bytes()).in1;
  return "an echo that differs from what was sent, from byte " + std::to_string(differs - came.begin()) +
         " on";
}

}  // namespace load
