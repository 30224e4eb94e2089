// UTF-8 (RFC 3629) as it arrives: RFC 6455 section 8.1.
#pragma once

#include <cstdint>

#include "websock/core/bytes.hpp"

namespace websock::protocol {

/// Whether the bytes are valid UTF-8 from the first to the last.
[[nodiscard]] bool is_utf8(bytes_view bytes) noexcept;

/// Checks text that comes in pieces, which may be cut within a code point.
class utf8_validator {
 public:
  /// Takes the next piece. False as soon as it has an octet that no valid text could have there,
  /// even when the code point is not complete; after that the validator is of no more use.
  [[nodiscard]] bool feed(bytes_view piece) noexcept;

  /// The text may end here: no code point is left half done.
  [[nodiscard]] bool is_complete() const noexcept { return needed_ == 0; }

 private:
  bool step(std::uint8_t octet) noexcept;
  bool feed_octets(bytes_view piece) noexcept;

  std::uint8_t needed_ = 0;    // continuation octets that are still missing
  std::uint8_t lower_ = 0x80;  // what the next of them may be
  std::uint8_t upper_ = 0xBF;
};

}  // namespace websock::protocol
