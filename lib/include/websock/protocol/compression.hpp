// Whether a message that is sent is compressed, where permessage-deflate (RFC 7692) was negotiated.
#pragma once

#include <cstdint>

namespace websock {

/// Where it was not negotiated, nothing is compressed, whatever is asked for.
enum class compression : std::uint8_t {
  /// From `deflate_options::threshold` bytes on. Where the context is not taken over, a message that
  /// would not shrink is sent as it is.
  automatic,
  always,  ///< whatever its size, and whether it shrinks or not
  never,   ///< what is compressed already, or has a secret beside what an attacker chose (CRIME, BREACH)
};

}  // namespace websock
