// RFC 6455 section 11.8: the registry of opcodes.
#pragma once

#include <cstdint>

namespace websock {

enum class opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  connection_close = 0x8,
  ping = 0x9,
  pong = 0xA,
};

/// Section 5.5: "Control frames are identified by opcodes where the most significant bit of the
/// opcode is 1."
constexpr bool is_control(opcode value) noexcept { return (static_cast<std::uint8_t>(value) & 0x8U) != 0; }

/// False for 3-7 and 11-15, "reserved for further ... frames" (section 5.2).
constexpr bool is_known(opcode value) noexcept {
  const auto number = static_cast<std::uint8_t>(value);
  return number <= 0x2 || (number >= 0x8 && number <= 0xA);
}

}  // namespace websock
