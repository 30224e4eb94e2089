// What a peer may make us hold.
#pragma once

#include <cstdint>
#include <limits>

namespace websock::protocol {

/// No limit. Lengths are still checked against section 5.2 and memory follows what has arrived.
inline constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

/// What a compressed message may inflate to whatever its ratio: see `limits::inflate_ratio`.
inline constexpr std::uint64_t inflated_at_any_ratio = 16ULL << 20;

struct limits {
  /// Payload bytes of one message over all of its fragments, inflated; above: close code 1009.
  std::uint64_t message = 16ULL << 20;
  /// Frames that one message may be split into; above: close code 1008.
  std::uint64_t fragments = 1ULL << 17;
  /// Replies to pings that may wait in the output. When that many wait, further pings are answered
  /// by one pong for the newest of them (section 5.5.3 allows it), so a peer that pings and does
  /// not read cannot make the output grow.
  std::uint32_t buffered_control_frames = 64;
  /// Inflated bytes of one message for each of its compressed bytes; above: close code 1009. Up to
  /// `inflated_at_any_ratio` `message` alone decides. Honest messages reach any ratio, and DEFLATE makes at
  /// most 1032 bytes of one, so that is no limit: `message` bounds the memory anyway. Less is for who allows
  /// very large messages, and bounds how cheaply a peer can have them made.
  std::uint32_t inflate_ratio = 1032;
};

}  // namespace websock::protocol
