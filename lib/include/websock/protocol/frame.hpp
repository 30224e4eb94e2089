// RFC 6455 section 5.2: the head of a frame, to and from the wire.
#pragma once

#include <cstddef>
#include <cstdint>

#include "websock/core/bytes.hpp"
#include "websock/core/error.hpp"
#include "websock/protocol/mask.hpp"
#include "websock/protocol/opcode.hpp"
#include "websock/protocol/role.hpp"

namespace websock::protocol {

/// Two octets, up to eight of extended length, four of masking key.
inline constexpr std::size_t largest_head = 14;

/// Section 5.5: "All control frames MUST have a payload length of 125 bytes or less".
inline constexpr std::size_t largest_control_payload = 125;

/// RSV1 in `frame_head::reserved`: RFC 7692 section 6 calls it the "Per-Message Compressed" bit.
inline constexpr std::uint8_t per_message_compressed = 4;

/// All that a frame says before its payload.
struct frame_head {
  std::uint64_t length = 0;  ///< of the payload, in octets
  masking_key key = 0;       ///< meaningful when `masked`
  opcode kind = opcode::binary;
  std::uint8_t reserved = 0;  ///< RSV1 is 4, RSV2 is 2, RSV3 is 1
  bool fin = true;
  bool masked = false;

  bool operator==(const frame_head&) const = default;
};

/// What `decode_head` found: an error, or `size` octets of head, or neither: more octets are needed.
struct decoded_head {
  frame_head head;
  std::size_t size = 0;
  errc error{};  ///< no value of the list, `errc{}`: none
};

/// Reads the head at the front of `input` as `receiver` must. A violation is found as soon as the
/// octet that proves it has come, and is the same however the input is split. RSV1-3 must be 0, except
/// those `of_extensions` in the first frame of a message.
[[nodiscard]] decoded_head decode_head(bytes_view input, role receiver,
                                       std::uint8_t of_extensions = 0) noexcept;

/// Octets that `encode_head` will write.
[[nodiscard]] constexpr std::size_t head_size(std::uint64_t length, bool masked) noexcept {
  const std::size_t extended = length <= 125 ? 0 : length <= 0xFFFF ? 2 : 8;
  return 2 + extended + (masked ? 4 : 0);
}

/// Writes the head with the shortest form of its length to `to`, where `largest_head` octets fit
/// always and `head_size` suffice. Returns how many were written. Writes whatever it is told.
std::size_t encode_head(const frame_head& head, std::byte* to) noexcept;

}  // namespace websock::protocol
