// RFC 6455 section 5.3: client-to-server masking.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "websock/core/bytes.hpp"

namespace websock::protocol {

/// The four octets of a masking key, in memory as they are on the wire.
using masking_key = std::uint32_t;

/// The key for the payload that begins `offset` octets further on: "Octet i of the transformed data
/// is the XOR of octet i of the original data with octet at index i modulo 4 of the masking key".
constexpr masking_key advance(masking_key key, std::uint64_t offset) noexcept {
  const int bits = static_cast<int>(offset % 4) * 8;
  return std::endian::native == std::endian::little ? std::rotr(key, bits) : std::rotl(key, bits);
}

/// Masks, or unmasks, in place: "The same algorithm applies regardless of the direction".
void apply_mask(mutable_bytes payload, masking_key key) noexcept;

/// Masks, or unmasks, while copying to `to`, where `from.size()` bytes fit that do not overlap.
void copy_masked(std::byte* to, bytes_view from, masking_key key) noexcept;

/// A key that was never used: "The masking key needs to be unpredictable; thus, the masking key MUST
/// be derived from a strong source of entropy". Throws `std::system_error` when there is none.
masking_key fresh_masking_key();

}  // namespace websock::protocol
