#include "websock/protocol/frame.hpp"

#include <cstring>

namespace websock::protocol {
namespace {

constexpr std::uint64_t top_bit = std::uint64_t{1} << 63;

std::uint64_t read_network_order(const std::byte* at, std::size_t count) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | std::to_integer<std::uint64_t>(at[i]);
  return value;
}

void write_network_order(std::byte* to, std::uint64_t value, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<std::byte>(value >> 8 * (count - 1 - i));
}

bool begins_message(opcode kind) noexcept { return kind == opcode::text || kind == opcode::binary; }

errc check_first_octet(const frame_head& head, std::uint8_t of_extensions) noexcept {
  // 5.2: "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values. If
  // a nonzero value is received and none of the negotiated extensions defines the meaning of such a
  // nonzero value, the receiving endpoint MUST _Fail the WebSocket Connection_."
  // RFC 7692 section 6: "An endpoint MUST NOT set the "Per-Message Compressed" bit of control frames and
  // non-first fragments of a data message. An endpoint receiving such a frame MUST _Fail the WebSocket
  // Connection_."
  if (head.reserved != 0 && ((head.reserved & ~of_extensions) != 0 || !begins_message(head.kind))) {
    return errc::reserved_bits_set;
  }
  // 5.2: "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket
  // Connection_."
  if (!is_known(head.kind)) return errc::reserved_opcode;
  // 5.5: "All control frames [...] MUST NOT be fragmented."
  if (is_control(head.kind) && !head.fin) return errc::fragmented_control_frame;
  return {};
}

errc check_second_octet(const frame_head& head, role receiver) noexcept {
  // 5.1: "The server MUST close the connection upon receiving a frame that is not masked."
  if (receiver == role::server && !head.masked) return errc::unmasked_frame;
  // 5.1: "A client MUST close a connection if it detects a masked frame."
  if (receiver == role::client && head.masked) return errc::masked_frame;
  // 5.5: "All control frames MUST have a payload length of 125 bytes or less".
  if (is_control(head.kind) && head.length > largest_control_payload) return errc::control_frame_too_long;
  return {};
}

errc check_extended_length(std::uint64_t length, std::size_t octets) noexcept {
  // 5.2: "If 127, the following 8 bytes interpreted as a 64-bit unsigned integer (the most
  // significant bit MUST be 0) are the payload length."
  if ((length & top_bit) != 0) return errc::length_out_of_range;
  // 5.2: "Note that in all cases, the minimal number of bytes MUST be used to encode the length".
  if (length <= (octets == 2 ? 125U : 0xFFFFU)) return errc::nonminimal_length;
  return {};
}

}  // namespace

decoded_head decode_head(bytes_view input, role receiver, std::uint8_t of_extensions) noexcept {
  decoded_head result;
  frame_head& head = result.head;
  if (input.empty()) return result;
  const auto first = std::to_integer<std::uint8_t>(input[0]);
  head.fin = (first & 0x80U) != 0;
  head.reserved = (first >> 4U) & 0x7U;
  head.kind = static_cast<opcode>(first & 0xFU);
  result.error = check_first_octet(head, of_extensions);
  if (result.error != errc{} || input.size() < 2) return result;

  const auto second = std::to_integer<std::uint8_t>(input[1]);
  head.masked = (second & 0x80U) != 0;
  head.length = second & 0x7FU;
  result.error = check_second_octet(head, receiver);
  if (result.error != errc{}) return result;

  std::size_t at = 2;
  if (head.length > 125) {
    const std::size_t octets = head.length == 126 ? 2 : 8;
    if (input.size() < at + octets) return result;
    head.length = read_network_order(input.data() + at, octets);
    result.error = check_extended_length(head.length, octets);
    if (result.error != errc{}) return result;
    at += octets;
  }
  if (head.masked) {
    if (input.size() < at + sizeof head.key) return result;
    std::memcpy(&head.key, input.data() + at, sizeof head.key);
    at += sizeof head.key;
  }
  result.size = at;
  return result;
}

std::size_t encode_head(const frame_head& head, std::byte* to) noexcept {
  const auto mask_bit = head.masked ? std::byte{0x80} : std::byte{0};
  to[0] = static_cast<std::byte>((head.fin ? 0x80U : 0U) | static_cast<unsigned>(head.reserved) << 4U |
                                 static_cast<unsigned>(head.kind));
  std::size_t at = 2;
  if (head.length <= 125) {
    to[1] = mask_bit | static_cast<std::byte>(head.length);
  } else if (head.length <= 0xFFFF) {
    to[1] = mask_bit | std::byte{126};
    write_network_order(to + at, head.length, 2);
    at += 2;
  } else {
    to[1] = mask_bit | std::byte{127};
    write_network_order(to + at, head.length, 8);
    at += 8;
  }
  if (head.masked) {
    std::memcpy(to + at, &head.key, sizeof head.key);
    at += sizeof head.key;
  }
  return at;
}

}  // namespace websock::protocol
