#include "endpoint.hpp"

#include <algorithm>
#include <cstring>

#include "websock/protocol/mask.hpp"

namespace broken {
namespace {

namespace protocol = websock::protocol;

constexpr std::size_t largest_message = std::size_t{64} * 1024 * 1024;
constexpr std::size_t many_fragments = 16384;

std::uint64_t big_endian(bytes_view octets) noexcept {
  std::uint64_t value = 0;
  for (const std::byte octet : octets) value = value << 8 | std::to_integer<std::uint64_t>(octet);
  return value;
}

std::uint8_t window_bits(role of, const protocol::deflate_parameters& agreed) noexcept {
  return of == role::server ? agreed.server_max_window_bits : agreed.client_max_window_bits;
}

std::array<std::byte, 2> code_octets(close_code code) noexcept {
  const auto number = static_cast<std::uint16_t>(code);
  return {static_cast<std::byte>(number >> 8), static_cast<std::byte>(number & 0xFF)};
}

bool takes_over(role of, const protocol::deflate_parameters& agreed) noexcept {
  return of == role::server ? !agreed.server_no_context_takeover : !agreed.client_no_context_takeover;
}

}  // namespace

endpoint::endpoint(role own, fault broken, const std::optional<protocol::deflate_parameters>& agreed)
    : role_{own}, fault_{broken} {
  if (!agreed) return;
  const role other = own == role::server ? role::client : role::server;
  compressor_.emplace(has(fault::ignores_window_bits) ? 15 : window_bits(own, *agreed),
                      has(fault::keeps_context) || takes_over(own, *agreed));
  decompressor_.emplace(window_bits(other, *agreed),
                        !has(fault::forgets_context) && takes_over(other, *agreed));
}

mutable_bytes endpoint::take(mutable_bytes input) {
  while (!input.empty() && !late_from_ && is_open()) {
    if (in_payload_) {
      take_payload(input);
    } else {
      take_head(input);
    }
  }
  return input;
}

void endpoint::clear_output() noexcept {
  output_.clear();
  late_from_.reset();
}

// --- Frames (RFC 6455 section 5.2) ---------------------------------------------------------------------

void endpoint::take_head(mutable_bytes& input) {
  head_octets_[head_size_++] = input.front();
  input = input.subspan(1);
  if (head_size_ < 2) return;
  read_head();
  if (!is_allowed()) return fail(close_code::protocol_error);
  if (head_size_ == whole_head()) begin_frame();
}

std::size_t endpoint::whole_head() const noexcept {
  const auto length = std::to_integer<unsigned>(head_octets_[1]) & 0x7FU;
  return 2U + (length < 126 ? 0 : length == 126 ? 2 : 8) + (head_.masked ? 4 : 0);
}

void endpoint::read_head() {
  const auto first = std::to_integer<std::uint8_t>(head_octets_[0]);
  const auto second = std::to_integer<std::uint8_t>(head_octets_[1]);
  head_.fin = (first & 0x80) != 0;
  head_.reserved = first >> 4 & 7;
  head_.kind = static_cast<opcode>(first & 0x0F);
  head_.masked = (second & 0x80) != 0;
  head_.length = second & 0x7F;
}

// By the first two octets, and by each one that comes behind them.
bool endpoint::is_allowed() const noexcept {
  if (!has_allowed_rsv() || !is_masked_rightly()) return false;
  if (!is_known(head_.kind)) return has(fault::accepts_reserved_opcodes);
  return is_control(head_.kind) ? is_allowed_control() : is_in_sequence();
}

// "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values." RFC 7692 section
// 6.1: RSV1 in the first frame of a message.
bool endpoint::has_allowed_rsv() const noexcept {
  if (has(fault::ignores_rsv)) return true;
  const bool begins = head_.kind == opcode::text || head_.kind == opcode::binary;
  const unsigned meaningful = decompressor_ && begins ? protocol::per_message_compressed : 0U;
  return (head_.reserved & ~meaningful) == 0;
}

// Section 5.1: "The server MUST close the connection upon receiving a frame that is not masked." "A client
// MUST close a connection if it detects a masked frame."
bool endpoint::is_masked_rightly() const noexcept {
  if (has(fault::accepts_unmasked_frames) || has(fault::accepts_masked_frames)) return true;
  return head_.masked == (role_ == role::server);
}

// Section 5.5: "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be
// fragmented."
bool endpoint::is_allowed_control() const noexcept {
  if (!head_.fin && !has(fault::accepts_fragmented_control_frames)) return false;
  return head_.length <= protocol::largest_control_payload || has(fault::accepts_long_control_frames);
}

// Section 5.4: "The fragments of one message MUST NOT be interleaved between the fragments of another
// message".
bool endpoint::is_in_sequence() const noexcept {
  if (has(fault::accepts_wrong_sequence)) return true;
  return (head_.kind == opcode::continuation) == in_message_;
}

// "the minimal number of bytes MUST be used to encode the length"; "the most significant bit MUST be 0".
bool endpoint::has_minimal_length(std::uint64_t length) const noexcept {
  if (length >> 63 != 0) return false;
  if (has(fault::accepts_nonminimal_lengths)) return true;
  return protocol::head_size(length, head_.masked) == head_size_;
}

void endpoint::begin_frame() {
  const bytes_view octets{head_octets_.data(), head_size_};
  const std::size_t key_size = head_.masked ? 4 : 0;
  if (head_size_ > 2 + key_size) head_.length = big_endian(octets.subspan(2, head_size_ - 2 - key_size));
  if (!has_minimal_length(head_.length)) return fail(close_code::protocol_error);
  std::memcpy(&head_.key, octets.last(key_size).data(), key_size);
  in_payload_ = true;
  left_ = head_.length;
  control_.clear();
  if (is_known(head_.kind) && !is_control(head_.kind)) begin_fragment();
  if (left_ == 0) end_frame();
}

void endpoint::begin_fragment() {
  if (!in_message_) begin_message();
  const std::size_t before = is_compressed_ ? 0 : message_.size();
  if (head_.length > largest_message - before) return fail(close_code::message_too_big);
  if (has(fault::refuses_many_fragments) && fragments_ == many_fragments) {
    return fail(close_code::policy_violation);
  }
  ++fragments_;
}

void endpoint::begin_message() {
  in_message_ = true;
  fragments_ = 0;
  kind_ = head_.kind == opcode::continuation ? opcode::text : head_.kind;
  is_compressed_ = decompressor_ && head_.reserved == protocol::per_message_compressed;
  text_ = {};
}

void endpoint::take_payload(mutable_bytes& input) {
  const auto piece = input.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
  input = input.subspan(piece.size());
  if (head_.masked) {
    protocol::apply_mask(piece, head_.key);
    head_.key = protocol::advance(head_.key, piece.size());
  }
  left_ -= piece.size();
  if (is_control(head_.kind)) {
    control_.append(piece);
  } else if (is_known(head_.kind)) {
    take_data(piece);
  }
  if (left_ == 0) end_frame();
}

void endpoint::end_frame() {
  if (!is_open()) return;
  in_payload_ = false;
  head_size_ = 0;
  if (!is_known(head_.kind)) return;
  if (is_control(head_.kind)) return answer_control();
  end_fragment();
}

// --- Messages (sections 5.4 and 5.6) ---------------------------------------------------------------------

void endpoint::take_data(bytes_view piece) {
  const std::size_t before = message_.size();
  if (!is_compressed_) {
    message_.append(piece);
  } else if (!is_good(decompressor_->feed(piece, message_, largest_message))) {
    return;
  }
  check_text(message_.view().subspan(before));
}

bool endpoint::is_good(decompressor::outcome outcome) {
  if (outcome == decompressor::outcome::invalid) fail(close_code::invalid_frame_payload_data);
  if (outcome == decompressor::outcome::too_big) fail(close_code::message_too_big);
  return outcome == decompressor::outcome::good;
}

// Section 8.1: "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is
// not, in fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_." At once.
void endpoint::check_text(bytes_view piece) {
  if (kind_ != opcode::text || has(fault::accepts_invalid_utf8) || has(fault::checks_utf8_at_end)) return;
  if (!text_.feed(piece)) fail(close_code::invalid_frame_payload_data);
}

void endpoint::end_fragment() {
  if (has(fault::checks_utf8_by_fragment) && kind_ == opcode::text && !text_.is_complete()) {
    return fail(close_code::invalid_frame_payload_data);
  }
  if (head_.fin) end_message();
}

void endpoint::end_message() {
  if (is_compressed_) {
    const std::size_t before = message_.size();
    if (!is_good(decompressor_->finish(message_, largest_message))) return;
    check_text(message_.view().subspan(before));
    if (!is_open()) return;
  }
  const bool is_text = has(fault::checks_utf8_at_end) ? protocol::is_utf8(message_) : text_.is_complete();
  if (kind_ == opcode::text && !is_text) return fail(close_code::invalid_frame_payload_data);
  echo();
  if (!has(fault::merges_fragments) || fragments_ == 1) message_.clear();
  in_message_ = false;
}

void endpoint::echo() {
  answer_late_with(fault::late_messages);
  if (has(fault::corrupts_byte_65536) && message_.size() > 65536) message_.data()[65536] ^= std::byte{1};
  if (!message_.empty() || !has(fault::loses_empty_messages)) {
    send_message(has(fault::echoes_text_as_binary) ? opcode::binary : kind_, message_);
  }
  release_held();
}

// --- Control frames (section 5.5) --------------------------------------------------------------------------

void endpoint::answer_control() {
  if (head_.kind == opcode::connection_close) return answer_close();
  if (head_.kind == opcode::ping) return answer_ping();
  if (has(fault::answers_pongs)) send(opcode::pong, control_);
}

// Section 5.5.3: "A Pong frame sent in response to a Ping frame must have identical "Application data" as
// found in the message body of the Ping frame being replied to."
void endpoint::answer_ping() {
  if (has(fault::merges_pings) && in_message_) message_.append(control_);
  answer_late_with(fault::late_pongs);
  if (has(fault::pongs_behind_message) && in_message_) return hold(opcode::pong, control_);
  send(opcode::pong, has(fault::answers_pings_empty) ? bytes_view{} : control_.view());
}

void endpoint::answer_close() {
  if (has(fault::drops_tcp_on_close)) return leave(state::dropped);
  if (has(fault::hangs_on_close)) return leave(state::silent);
  if (has(fault::accepts_any_close)) return end_with(control_);
  if (const auto violation = violation_of_close()) return fail(*violation);
  answer_late_with(fault::late_close);
  if (has(fault::echoes_wrong_close_code)) return end_with(code_octets(close_code::internal_error));
  // Section 5.5.1: "the endpoint typically echos the status code it received".
  end_with(control_.view().first(std::min<std::size_t>(control_.size(), 2)));
}

// Sections 5.5.1 and 7.4: nothing, or a code that may be on the wire and a reason in UTF-8.
std::optional<close_code> endpoint::violation_of_close() const noexcept {
  if (control_.empty()) return std::nullopt;
  if (control_.size() == 1) return close_code::protocol_error;
  const auto code = static_cast<close_code>(big_endian(control_.view().first(2)));
  if (!is_sendable(code)) return close_code::protocol_error;
  if (!protocol::is_utf8(control_.view().subspan(2)) && !has(fault::accepts_invalid_utf8)) {
    return close_code::invalid_frame_payload_data;
  }
  return std::nullopt;
}

void endpoint::end_with(bytes_view payload) {
  if (has(fault::goes_on_after_close)) {
    hold(opcode::connection_close, payload);
    return leave(state::closing);
  }
  send(opcode::connection_close, payload);
  leave(has(fault::never_ends_tcp) ? state::silent : has(fault::resets_tcp) ? state::reset : state::closed);
}

void endpoint::take_quiet() {
  release_held();
  leave(state::closed);
}

// Section 7.1.7: "the endpoint SHOULD send a Close frame with an appropriate status code".
void endpoint::fail(close_code code) {
  if (has(fault::drops_tcp_on_violation)) return leave(state::dropped);
  if (has(fault::fails_with_normal_code)) code = close_code::normal_closure;
  if (state_ == state::open) send(opcode::connection_close, code_octets(code));
  release_held();
  leave(state::closed);
}

// --- What goes out ---------------------------------------------------------------------------------------------

void endpoint::send_message(opcode kind, bytes_view message) {
  if (!compressor_) return send(kind, message);
  const bytes_view compressed = compressor_->compress(message);
  send(kind, compressed, has(fault::compresses_without_rsv1) ? 0 : protocol::per_message_compressed);
}

void endpoint::send(opcode kind, bytes_view payload, std::uint8_t reserved) {
  protocol::frame_head head;
  head.kind = kind;
  head.length = payload.size();
  head.reserved = reserved;
  head.masked = role_ == role::client;
  if (has(head.masked ? fault::sends_unmasked_frames : fault::sends_masked_frames))
    head.masked = !head.masked;
  if (head.masked) head.key = protocol::fresh_masking_key();
  put_head(head);
  std::byte* const to = output_.extend(payload.size());
  protocol::copy_masked(to, payload, head.masked ? head.key : 0);
}

void endpoint::put_head(const protocol::frame_head& head) {
  std::array<std::byte, protocol::largest_head> octets;
  if (has(fault::sends_nonminimal_lengths) && !is_control(head.kind) && head.length <= 0xFFFF) {
    // As if it were long; then the true length, where the upper octets of the other one were.
    protocol::frame_head longer = head;
    longer.length += 0x10000;
    const std::size_t size = protocol::encode_head(longer, octets.data());
    octets[7] = std::byte{0};
    return output_.append({octets.data(), size});
  }
  output_.append({octets.data(), protocol::encode_head(head, octets.data())});
}

void endpoint::hold(opcode kind, bytes_view payload) {
  output_.swap(held_);
  send(kind, payload);
  output_.swap(held_);
}

void endpoint::release_held() {
  output_.append(held_);
  held_.clear();
}

void endpoint::answer_late_with(fault wanted) noexcept {
  if (has(wanted) && !late_from_) late_from_ = output_.size();
}

}  // namespace broken
