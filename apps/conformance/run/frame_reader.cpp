#include "run/frame_reader.hpp"

#include <algorithm>
#include <utility>

#include "websock/core/bytes.hpp"
#include "websock/protocol/close_code.hpp"
#include "websock/protocol/utf8.hpp"

namespace conformance {

using websock::as_bytes;
using websock::errc;
using websock::opcode;

namespace {

// Memory follows what has arrived: a subject's word for a length is not taken for more than this.
constexpr std::size_t most_reserved = 32 << 20;

errc check_close(std::string_view payload) noexcept {
  if (payload.empty()) return errc{};
  if (payload.size() == 1) return errc::close_payload_truncated;
  const auto high = static_cast<unsigned char>(payload[0]);
  const auto low = static_cast<unsigned char>(payload[1]);
  const auto code = static_cast<websock::close_code>(high << 8 | low);
  if (!websock::is_sendable(code)) return errc::close_code_invalid;
  return websock::protocol::is_utf8(as_bytes(payload.substr(2))) ? errc{} : errc::invalid_utf8;
}

}  // namespace

void frame_reader::feed(std::string_view octets) {
  while (!failed_ && (!octets.empty() || (frame_ && frame_->length == 0))) {
    const bool is_complete = frame_ ? read_payload(octets) : read_head(octets);
    if (!is_complete) return;
  }
}

bool frame_reader::read_head(std::string_view& octets) {
  const std::size_t before = head_octets_.size();
  head_octets_.append(octets.substr(0, websock::protocol::largest_head - before));
  const auto decoded = websock::protocol::decode_head(as_bytes(head_octets_), receiver_, reserved_);
  if (decoded.error != errc{}) {
    fail(decoded.error);
    return false;
  }
  if (decoded.size == 0) return false;
  octets.remove_prefix(decoded.size - before);
  head_octets_.clear();
  frame_ = decoded.head;
  if (const errc error = check_sequence(); error != errc{}) {
    fail(error);
    return false;
  }
  std::string& into = is_control(frame_->kind) ? control_ : message_;
  if (is_control(frame_->kind)) into.clear();
  frame_begin_ = into.size();
  into.reserve(into.size() + std::min<std::uint64_t>(frame_->length, most_reserved));
  return true;
}

errc frame_reader::check_sequence() const noexcept {
  const bool is_close = frame_->kind == opcode::connection_close;
  if (is_control(frame_->kind)) return closed_ && is_close ? errc::closed : errc{};
  // Section 5.5.1: "The application MUST NOT send any more data frames after sending a Close frame."
  if (closed_) return errc::closed;
  if (frame_->kind == opcode::continuation) {
    if (!in_message_) return errc::unexpected_continuation;
    return frame_->reserved != 0 ? errc::reserved_bits_set : errc{};
  }
  return in_message_ ? errc::continuation_expected : errc{};
}

bool frame_reader::read_payload(std::string_view& octets) {
  std::string& into = is_control(frame_->kind) ? control_ : message_;
  const std::uint64_t missing = frame_->length - (into.size() - frame_begin_);
  const std::string_view piece = octets.substr(0, std::min<std::uint64_t>(missing, octets.size()));
  into.append(piece);
  octets.remove_prefix(piece.size());
  if (piece.size() < missing) return false;
  if (frame_->masked) {
    const std::span<char> payload{into.data() + frame_begin_, into.size() - frame_begin_};
    websock::protocol::apply_mask(std::as_writable_bytes(payload), frame_->key);
  }
  end_frame();
  return true;
}

void frame_reader::end_frame() {
  const websock::protocol::frame_head head = *frame_;
  frame_.reset();
  if (is_control(head.kind)) {
    sink_.on_frame(head, control_);
    if (closed_) return;
    const bool is_close = head.kind == opcode::connection_close;
    if (const errc error = is_close ? check_close(control_) : errc{}; error != errc{}) return fail(error);
    closed_ = is_close;
    return sink_.on_control(head.kind, control_);
  }
  sink_.on_frame(head, std::string_view{message_}.substr(frame_begin_));
  if (head.kind != opcode::continuation) {
    binary_ = head.kind == opcode::binary;
    compressed_ = head.reserved != 0;
  }
  in_message_ = !head.fin;
  if (!head.fin) return;
  // Compressed text is checked by who inflates it.
  if (!binary_ && !compressed_ && !websock::protocol::is_utf8(as_bytes(message_)))
    return fail(errc::invalid_utf8);
  sink_.on_message(binary_, compressed_, std::exchange(message_, {}));
}

void frame_reader::fail(errc why) {
  failed_ = true;
  sink_.on_violation(closed_ ? errc::closed : why);
}

}  // namespace conformance
