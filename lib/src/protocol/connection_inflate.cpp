// Compressed payloads in (RFC 7692 section 7.2.2): inflated as they arrive, straight into the message.
#include <algorithm>
#include <array>

#include "deflate_state.hpp"
#include "websock/protocol/connection.hpp"

namespace websock::protocol {
namespace {

// What is unmasked before it is inflated: it stays in the first cache. Of a message that has inflated to more than
// so many times its size it is less, for each octet may be a KiB; always, it would cost others a tenth of their time.
constexpr std::size_t unmasked_at_once = 4096;
constexpr std::size_t unmasked_if_dense = 1024;
constexpr std::size_t dense = 256;

// Then the caller may do something else: what inflates to a thousand times its size is not to hold up all that its
// thread serves.
constexpr std::size_t inflated_in_a_turn = 256 * 1024;

// Between two looks at the limits, the ratio and the text.
constexpr std::size_t inflated_at_once = 64 * 1024;

// Room for a message that has just begun: honest ones inflate to three to ten times their size.
constexpr std::size_t smallest_room = 256;
constexpr std::size_t expected_ratio = 8;

// 7.2.2: "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end of the payload of the message."
constexpr std::array tail{std::byte{0x00}, std::byte{0x00}, std::byte{0xFF}, std::byte{0xFF}};

}  // namespace

// 6: "A message with the "Per-Message Compressed" bit set on the first fragment of the message is called a
// "compressed message"."
void connection::begin_compressed(std::uint8_t reserved) noexcept {
  if (frame_kind_ != opcode::text && frame_kind_ != opcode::binary) return;
  compressed_ = reserved != 0;
  if (compressed_) deflate_->inflated_in_turn = 0;
}

void connection::begin_turn() noexcept {
  if (deflate_ != nullptr) deflate_->inflated_in_turn = 0;
}

// True when the payload is complete.
bool connection::read_compressed(bytes_view& input) {
  std::array<std::byte, unmasked_at_once> unmasked;
  while (remaining_ != 0 && !input.empty()) {
    if (deflate_->inflated_in_turn >= inflated_in_a_turn) [[unlikely]]
      return false;
    const bool is_dense = message_.size() > deflate_->received * dense;
    const std::size_t most = std::min(input.size(), is_dense ? unmasked_if_dense : unmasked_at_once);
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, most));
    bytes_view compressed = input.first(count);
    input = input.subspan(count);
    remaining_ -= count;
    deflate_->received += count;
    if (role_ == role::server) {
      copy_masked(unmasked.data(), compressed, key_);
      key_ = advance(key_, count);
      compressed = {unmasked.data(), count};
    }
    if (!inflate(compressed)) return false;
  }
  return remaining_ == 0 && (!fin_ || end_compressed_message());
}

bool connection::inflate(bytes_view compressed) {
  inflater& context = deflate_->receiver();
  while (true) {
    std::byte beyond;
    const mutable_bytes room = room_to_inflate(compressed.size(), beyond);
    const inflater::inflated found = context.inflate(compressed, room);
    if (!take_inflated(room.first(found.size))) return false;
    if (!found.is_valid) [[unlikely]] {
      // Section 7.2.2 has no answer to data that are no DEFLATE: as with text that is no UTF-8, RFC 6455
      // section 7.4.1's "data within a message that was not consistent with the type of the message".
      fail(errc::compressed_data_invalid);
      return false;
    }
    if (found.size < room.size()) return true;
  }
}

// Where the next octets of the message go. Memory follows what has been inflated, never beyond twice as
// much; behind the last octet that the limit allows there is `beyond`, to learn whether one more comes.
mutable_bytes connection::room_to_inflate(std::size_t compressed, std::byte& beyond) {
  const std::uint64_t allowed = limits_.message - message_.size();
  if (allowed == 0) return {&beyond, 1};
  if (message_.empty() && message_.capacity() == 0) {
    message_.reserve(std::clamp(compressed * expected_ratio, smallest_room, inflated_at_once));
  } else if (message_.size() == message_.capacity()) {
    message_.reserve(message_.size() + 1);
  }
  const std::size_t most = std::min(message_.capacity() - message_.size(), inflated_at_once);
  return {message_.data() + message_.size(),
          static_cast<std::size_t>(std::min<std::uint64_t>(allowed, most))};
}

bool connection::take_inflated(bytes_view octets) {
  if (octets.empty()) return true;
  if (message_.size() == limits_.message) [[unlikely]] {
    fail(errc::message_too_big);
    return false;
  }
  message_.extend(octets.size());
  deflate_->inflated_in_turn += octets.size();
  const std::uint64_t ratio = std::max(limits_.inflate_ratio, 1U);
  if (message_.size() > inflated_at_any_ratio && message_.size() / ratio > deflate_->received) [[unlikely]] {
    fail(errc::inflate_ratio_exceeded);
    return false;
  }
  return message_kind_ != opcode::text || check_text(octets);
}

// The payload of the last frame is complete.
bool connection::end_compressed_message() {
  // 7.2.2: "Decompress the resulting data using DEFLATE." What has no payload at all, or ends with a whole
  // DEFLATE stream (section 7.2.3.4, without the octet behind it), is taken as it is.
  if (deflate_->received != 0 && !deflate_->receiver().is_at_end_of_stream()) {
    if (!inflate(tail)) return false;
    if (!deflate_->receiver().is_at_block_boundary()) [[unlikely]] {
      fail(errc::compressed_data_invalid);
      return false;
    }
  }
  deflate_->end_received_message();
  if (message_.empty()) message_.release();
  return true;
}

}  // namespace websock::protocol
