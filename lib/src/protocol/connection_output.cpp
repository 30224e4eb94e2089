// Frames out: what the caller sends and what the protocol owes.
#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>

#include "websock/protocol/connection.hpp"

namespace websock::protocol {
namespace {

// The answers to what came in one read mostly fit; the block is the thread's again once they are written.
constexpr std::size_t smallest_output = 2048;

}  // namespace

// --- Data frames -------------------------------------------------------------------------------

errc connection::check_data(opcode kind) const noexcept {
  if (!can_send()) return errc::closed;
  // 5.4: "The fragments of one message MUST NOT be interleaved between the fragments of another
  // message".
  const bool expected =
      sending_fragments_ ? kind == opcode::continuation : kind == opcode::text || kind == opcode::binary;
  return expected ? errc{} : errc::argument_invalid;
}

errc connection::check_message(opcode kind) const noexcept {
  const errc error = check_data(kind);
  return error == errc{} && sending_fragments_ ? errc::argument_invalid : error;
}

std::error_code connection::send(opcode kind, bytes_view payload, compression how) {
  const errc error = check_message(kind);
  if (error != errc{}) [[unlikely]]
    return error;
  if (deflate_ != nullptr && will_compress(payload.size(), how)) [[unlikely]] {
    send_compressed(kind, payload, how);
  } else {
    write_frame(kind, true, payload);
  }
  return {};
}

std::error_code connection::send_fragment(opcode kind, bytes_view payload, bool fin, compression how) {
  const errc error = check_data(kind);
  if (error != errc{}) return error;
  if (!sending_fragments_) sending_compressed_ = will_compress(payload.size(), how);
  if (sending_compressed_) {
    write_compressed_fragment(kind, payload, fin);
  } else {
    write_frame(kind, fin, payload);
  }
  sending_fragments_ = !fin;
  return {};
}

std::error_code connection::send_head(opcode kind, std::uint64_t size) {
  const errc error = check_message(kind);
  if (error != errc{}) [[unlikely]]
    return error;
  // 5.2: of the 64-bit length, "the most significant bit MUST be 0".
  constexpr std::uint64_t longest = ~std::uint64_t{0} >> 1;
  if (role_ == role::client || size > longest) return errc::argument_invalid;
  write_head(kind, size, 0);
  return {};
}

void connection::write_head(opcode kind, std::uint64_t size, std::uint8_t reserved) {
  frame_head head;
  head.kind = kind;
  head.reserved = reserved;
  head.length = size;
  encode_head(head, room(head_size(size, false)));
}

void connection::append_payload(bytes_view rest) { output_.append(rest); }

// --- Control frames ----------------------------------------------------------------------------

std::error_code connection::ping(bytes_view payload) { return send_control(opcode::ping, payload); }

std::error_code connection::pong(bytes_view payload) { return send_control(opcode::pong, payload); }

std::error_code connection::send_control(opcode kind, bytes_view payload) {
  if (!can_send()) return errc::closed;
  if (payload.size() > largest_control_payload) return errc::argument_invalid;
  write_frame(kind, true, payload);
  return {};
}

void connection::answer_ping(bytes_view payload) {
  // 5.5.2: "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it
  // already received a Close frame." Behind a Close frame of ours nothing may be sent.
  if (!can_send()) return;
  // 5.5.3: "If an endpoint receives a Ping frame and has not yet sent Pong frame(s) in response to
  // previous Ping frame(s), the endpoint MAY elect to send a Pong frame for only the most recently
  // processed Ping frame."
  if (unwritten_pongs_ >= std::max(limits_.buffered_control_frames, 1U)) [[unlikely]] {
    rare().waiting_pong.emplace(payload);
    return;
  }
  write_frame(opcode::pong, true, payload);
  ++unwritten_pongs_;
  end_of_pongs_ = output_.size();
}

void connection::write_waiting_pong() {
  if (rare_ == nullptr || !rare_->waiting_pong) return;
  answer_ping(*rare_->waiting_pong);
  rare_->waiting_pong.reset();
}

// --- The buffer --------------------------------------------------------------------------------

void connection::write_frame(opcode kind, bool fin, bytes_view payload, std::uint8_t reserved) {
  frame_head head;
  head.kind = kind;
  head.reserved = reserved;
  head.fin = fin;
  head.length = payload.size();
  head.masked = role_ == role::client;
  if (head.masked) head.key = fresh_masking_key();
  std::byte* to = room(head_size(head.length, head.masked) + payload.size());
  to += encode_head(head, to);
  if (head.masked) {
    copy_masked(to, payload, head.key);
  } else if (!payload.empty()) {
    std::memcpy(to, payload.data(), payload.size());
  }
}

// Space for `size` octets at the end of the output. What is written already makes room first once it
// is half of the buffer, so that each octet is moved at most once on average.
std::byte* connection::room(std::size_t size) {
  if (output_.capacity() == 0) output_.reserve(std::max(size, smallest_output));
  if (written_ != 0 && size > output_.capacity() - output_.size() && written_ >= output_.size() / 2) {
    const std::size_t left = output_.size() - written_;
    std::memmove(output_.data(), output_.data() + written_, left);
    output_.truncate(left);
    end_of_pongs_ -= std::min(end_of_pongs_, written_);
    written_ = 0;
  }
  return output_.extend(size);
}

void connection::consume_output(std::size_t count) noexcept {
  assert(count <= output_.size() - written_);
  written_ += count;
  const bool pongs_written = unwritten_pongs_ != 0 && written_ >= end_of_pongs_;
  if (written_ == output_.size()) {
    output_.release();  // an idle connection holds no memory; the thread keeps the block at hand
    written_ = end_of_pongs_ = 0;
  }
  if (pongs_written) [[unlikely]] {
    unwritten_pongs_ = 0;
    try {
      write_waiting_pong();
    } catch (...) {  // it goes on waiting, for the pong of another ping
    }
  }
}

}  // namespace websock::protocol
