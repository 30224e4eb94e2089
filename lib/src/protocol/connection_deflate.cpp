// Compressed payloads out (RFC 7692 section 7.2.1): compressed straight into the output.
#include <cstring>

#include "deflate_state.hpp"
#include "prepared_forms.hpp"
#include "websock/protocol/connection.hpp"

namespace websock::protocol {

std::error_code connection::enable_deflate(const deflate_parameters& agreed, const deflate_options& options) {
  if (!is_valid(agreed) || !is_valid(options)) return errc::argument_invalid;
  deflate_ = std::make_unique<deflate_state>(agreed, options, role_);
  reserved_bits_ = per_message_compressed;
  return {};
}

bool connection::will_compress(std::uint64_t size, compression how) const noexcept {
  if (deflate_ == nullptr || how == compression::never) return false;
  return how == compression::always || size >= deflate_->threshold;
}

// What went through a context that is taken over is in its window, so the peer must have it, too, whether it
// shrinks or not: what does not costs at most 5 octets in 16 KiB more, as blocks without compression.
void connection::send_compressed(opcode kind, bytes_view payload, compression how) {
  const compressed_frame frame = compress(payload, true);
  const bool shrinks = output_.size() - frame.payload_at < payload.size();
  if (how == compression::automatic && !deflate_->sends_with_takeover && !shrinks) {
    output_.truncate(frame.head_at);
    write_frame(kind, true, payload);
  } else {
    finish_frame(frame, {.kind = kind, .reserved = per_message_compressed});
  }
}

void connection::write_compressed_fragment(opcode kind, bytes_view payload, bool fin) {
  // 6: "An endpoint MUST NOT set the "Per-Message Compressed" bit of control frames and non-first
  // fragments of a data message."
  const std::uint8_t reserved = sending_fragments_ ? 0 : per_message_compressed;
  finish_frame(compress(payload, fin), {.kind = kind, .reserved = reserved, .fin = fin});
}

// Adds what the payload becomes to the output, behind a gap for its head.
connection::compressed_frame connection::compress(bytes_view payload, bool fin) {
  const std::size_t gap = head_size(payload.size(), role_ == role::client);
  room(gap);
  const std::size_t payload_at = output_.size();
  deflate_->sender().compress(payload, fin, output_);
  if (fin) deflate_->end_sent_message();
  return {payload_at - gap, payload_at};
}

// The head may be shorter than its gap, or longer by two octets where the payload grew: then the payload
// moves.
void connection::finish_frame(const compressed_frame& frame, frame_head head) {
  const std::size_t length = output_.size() - frame.payload_at;
  head.length = length;
  head.masked = role_ == role::client;
  if (head.masked) head.key = fresh_masking_key();
  const std::size_t payload_at = frame.head_at + head_size(length, head.masked);
  if (payload_at != frame.payload_at) {
    if (payload_at > frame.payload_at) output_.extend(payload_at - frame.payload_at);
    std::memmove(output_.data() + payload_at, output_.data() + frame.payload_at, length);
    output_.truncate(payload_at + length);
  }
  encode_head(head, output_.data() + frame.head_at);
  if (head.masked) apply_mask({output_.data() + payload_at, length}, head.key);
}

// --- Prepared messages -------------------------------------------------------------------------

std::error_code connection::send(const prepared_message& message, compression how) {
  const errc error = check_message(message.kind());
  if (error != errc{}) return error;
  const prepared_payload prepared = choose_payload(message, how);
  write_frame(message.kind(), true, prepared.payload, prepared.reserved);
  return {};
}

std::error_code connection::send_head(const prepared_message& message, compression how, bytes_view& payload) {
  const errc error = check_message(message.kind());
  if (error != errc{}) return error;
  if (role_ == role::client) return errc::argument_invalid;
  const prepared_payload prepared = choose_payload(message, how);
  write_head(message.kind(), prepared.payload.size(), prepared.reserved);
  payload = prepared.payload;
  return {};
}

connection::prepared_payload connection::choose_payload(const prepared_message& message, compression how) {
  if (!will_compress(message.size(), how)) return {message.bytes()};
  const bytes_view compressed = message.forms_->compressed(deflate_->sends_with);
  if (how == compression::automatic && compressed.size() >= message.size()) return {message.bytes()};
  // The peer's window goes on with a message that our context has not seen.
  deflate_->forget_sent();
  return {compressed, per_message_compressed};
}

}  // namespace websock::protocol
