// Bytes in, events out.
#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "websock/protocol/connection.hpp"

namespace websock::protocol {
namespace {

// Below this, a read through the caller's buffer and a copy is the cheaper way.
constexpr std::size_t smallest_direct_read = 4096;

}  // namespace

event connection::next(bytes_view& input) {
  event result;
  if (compressed_) [[unlikely]]
    begin_turn();
  while (!is_done() && (in_payload_ || read_head(input)) && read_payload(input, result)) {
    in_payload_ = false;
    if (end_frame(result)) return result;
  }
  if (is_done()) [[unlikely]]
    after_the_end(input, result);
  return result;
}

// What is not as usual, and every fault, is left to `next`.
bool connection::take_message(bytes_view& input, message& into) {
  constexpr std::size_t longest_head = 8;  // with 16 bits of length and a mask
  if (input.size() < longest_head || head_size_ != 0 || in_payload_ || in_message_ || is_done()) return false;
  const auto first = std::to_integer<std::uint8_t>(input[0]);
  const auto second = std::to_integer<std::uint8_t>(input[1]);
  const bool is_masked = role_ == role::server;
  const bool is_text = first == 0x81;  // FIN, no RSV bit, opcode 1 or 2
  if ((!is_text && first != 0x82) || (second >= 0x80) != is_masked) return false;
  std::size_t length = second & 0x7FU;
  std::size_t at = 2;
  if (length == 126) {
    length = std::to_integer<std::size_t>(input[2]) << 8U | std::to_integer<std::size_t>(input[3]);
    if (length <= 125) return false;
    at = 4;
  }
  const std::size_t size = at + (is_masked ? sizeof(masking_key) : 0) + length;
  if (length == 127 || size > input.size() || length > limits_.message || limits_.fragments == 0)
    return false;

  if (length != 0) {
    std::byte* const to = into.payload_.extend(length);
    const bytes_view payload = input.subspan(size - length, length);
    if (is_masked) {
      masking_key key = 0;
      std::memcpy(&key, input.data() + at, sizeof key);
      copy_masked(to, payload, key);
    } else {
      std::memcpy(to, payload.data(), length);
    }
  }
  if (is_text && !is_utf8(into.payload_)) {
    into = {};
    return false;
  }
  into.kind_ = is_text ? opcode::text : opcode::binary;
  into.validated_ = is_text;
  input = input.subspan(size);
  return true;
}

// True when the next octet of the input, if there is one, belongs to a payload.
bool connection::read_head(bytes_view& input) {
  const decoded_head decoded = head_size_ == 0 ? take_head(input) : complete_head(input);
  if (decoded.error != errc{}) [[unlikely]]
    fail(decoded.error);
  if (decoded.size == 0) return false;

  fin_ = decoded.head.fin;
  frame_kind_ = decoded.head.kind;
  remaining_ = decoded.head.length;
  key_ = decoded.head.key;
  if (reserved_bits_ != 0) [[unlikely]]
    begin_compressed(decoded.head.reserved);
  if (const errc error = check_sequence(); error != errc{}) [[unlikely]] {
    fail(error);
    return false;
  }
  begin_payload();
  return true;
}

// A head that lies whole in the input; what is there of any other is kept.
decoded_head connection::take_head(bytes_view& input) {
  decoded_head decoded = decode_head(input, role_, reserved_bits_);
  if (decoded.size != 0) [[likely]] {
    input = input.subspan(decoded.size);
  } else if (decoded.error == errc{}) {
    std::ranges::copy(input, head_.begin());
    head_size_ = static_cast<std::uint8_t>(input.size());
    input = {};
  }
  return decoded;
}

decoded_head connection::complete_head(bytes_view& input) {
  const std::size_t added = std::min(input.size(), head_.size() - head_size_);
  std::ranges::copy(input.first(added), head_.begin() + head_size_);
  decoded_head decoded = decode_head(bytes_view{head_}.first(head_size_ + added), role_, reserved_bits_);
  input = input.subspan(decoded.size != 0 ? decoded.size - head_size_ : added);
  head_size_ = decoded.size != 0 ? 0 : static_cast<std::uint8_t>(head_size_ + added);
  return decoded;
}

// Whether the frame may stand here, and is within the limits, before any memory is spent on it.
errc connection::check_sequence() const noexcept {
  // 5.4: "Control frames (see Section 5.5) MAY be injected in the middle of a fragmented message."
  if (is_control(frame_kind_)) return {};
  // 5.4: "A fragmented message consists of a single frame with the FIN bit clear and an opcode other
  // than 0, followed by zero or more frames with the FIN bit clear and the opcode set to 0, and
  // terminated by a single frame with the FIN bit set and an opcode of 0."
  const bool continues = frame_kind_ == opcode::continuation;
  if (continues && !in_message_) return errc::unexpected_continuation;
  if (!continues && in_message_) return errc::continuation_expected;
  // 10.4: "Implementations that have implementation- and/or platform-specific limitations regarding
  // the frame size or total message size after reassembly from multiple frames MUST protect themselves
  // against exceeding those limits." What is held is within the limit, so the difference cannot wrap.
  if (fragments_ >= limits_.fragments) return errc::too_many_fragments;
  // Of a compressed message it is the inflated size that counts.
  if (remaining_ > limits_.message - message_.size() && !compressed_) return errc::message_too_big;
  return {};
}

void connection::begin_payload() {
  in_payload_ = true;
  if (is_control(frame_kind_)) return;
  ++fragments_;
  in_message_ = true;
  if (frame_kind_ != opcode::continuation) message_kind_ = frame_kind_;
}

// True when the payload is complete. What is whole in the input goes straight into the event, all else
// is collected here.
bool connection::read_payload(bytes_view& input, event& result) {
  if (compressed_ && !is_control(frame_kind_)) [[unlikely]]
    return read_compressed(input);
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
  if (count != 0) {
    byte_buffer& collected = is_control(frame_kind_) ? control_ : message_;
    const bool whole = fin_ && count == remaining_ && collected.empty();
    std::byte* const to = (whole ? result.content.payload_ : collected).extend(count);
    if (role_ == role::server) {
      copy_masked(to, input.first(count), key_);
    } else {
      std::memcpy(to, input.data(), count);
    }
    input = input.subspan(count);
    if (!take_payload({to, count})) return false;
  }
  return remaining_ == 0;
}

// The next octets of the payload are in their place, unmasked.
bool connection::take_payload(mutable_bytes payload) {
  remaining_ -= payload.size();
  if (remaining_ != 0) key_ = advance(key_, payload.size());
  return message_kind_ != opcode::text || is_control(frame_kind_) || check_text(payload);
}

bool connection::check_text(bytes_view piece) {
  // 8.1: "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is
  // not, in fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_."
  if (utf8_.feed(piece)) [[likely]]
    return true;
  fail(errc::invalid_utf8);
  return false;
}

mutable_bytes connection::prepare() {
  if (is_done() || !in_payload_ || is_control(frame_kind_) || compressed_) return {};
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, message_.size()));
  if (most < smallest_direct_read) return {};
  message_.reserve(message_.size() + most);
  return {message_.data() + message_.size(), most};
}

void connection::commit(std::size_t count) {
  assert(count <= remaining_ && count <= message_.capacity() - message_.size());
  const mutable_bytes payload{message_.extend(count), count};
  if (role_ == role::server) apply_mask(payload, key_);
  take_payload(payload);
}

// True when the frame makes an event.
bool connection::end_frame(event& result) {
  if (is_control(frame_kind_)) return end_control_frame(result);
  return fin_ && end_message(result);
}

bool connection::end_message(event& result) {
  if (message_kind_ == opcode::text) {
    // 5.6: "the whole message MUST contain valid UTF-8", so it cannot end within a code point.
    if (!utf8_.is_complete()) [[unlikely]] {
      fail(errc::invalid_utf8);
      return false;
    }
    result.content.validated_ = true;
  }
  result.what = event::kind::message;
  result.content.kind_ = message_kind_;
  if (!message_.empty()) result.content.payload_.swap(message_);
  in_message_ = false;
  fragments_ = 0;
  return true;
}

bool connection::end_control_frame(event& result) {
  if (!control_.empty()) result.content.payload_.swap(control_);
  switch (frame_kind_) {
    case opcode::connection_close:
      if (!take_close(result.content.bytes())) return false;
      result.content = {};
      result.what = event::kind::close;
      break;
    case opcode::ping:
      result.what = event::kind::ping;
      answer_ping(result.content.bytes());
      break;
    default:
      // 5.5.3: "A response to an unsolicited Pong frame is not expected."
      result.what = event::kind::pong;
  }
  return true;
}

void connection::after_the_end(bytes_view& input, event& result) {
  input = {};
  result = {};
  if (state_ == state::failed && !std::exchange(rare().failure_reported, true)) {
    result.what = event::kind::failure;
  }
}

}  // namespace websock::protocol
