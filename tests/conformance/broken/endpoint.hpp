// An echo endpoint: octets in, octets out. It knows nothing of sockets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "deflate.hpp"
#include "fault.hpp"
#include "websock/core/byte_buffer.hpp"
#include "websock/core/bytes.hpp"
#include "websock/protocol/close_code.hpp"
#include "websock/protocol/frame.hpp"
#include "websock/protocol/permessage_deflate.hpp"
#include "websock/protocol/role.hpp"
#include "websock/protocol/utf8.hpp"

namespace broken {

using websock::close_code;
using websock::mutable_bytes;
using websock::opcode;
using websock::protocol::role;

/// After the opening handshake. Correct (RFC 6455 and 7692) but for one fault.
class endpoint {
 public:
  endpoint(role own, fault broken, const std::optional<websock::protocol::deflate_parameters>& agreed);

  /// Takes octets of the peer from the front, unmasking them in place; up to the first answer that is to be
  /// late. Returns the rest.
  mutable_bytes take(mutable_bytes input);

  /// What is to be sent; the caller clears it.
  [[nodiscard]] byte_buffer& output() noexcept { return output_; }
  /// Where in the output the answer begins that is to be late.
  [[nodiscard]] const std::optional<std::size_t>& late_from() const noexcept { return late_from_; }
  void clear_output() noexcept;

  /// Nothing more came behind the Close frame.
  void take_quiet();

  enum class state {
    open,
    closing,  ///< a Close frame came, which is answered when nothing more does
    closed,  ///< nothing is taken any more; it is time to end TCP
    silent,  ///< as closed, but TCP is not to be ended
    dropped,  ///< as closed, but TCP is to be ended at once
    reset,  ///< the same, without a proper end
  };
  [[nodiscard]] state now() const noexcept { return state_; }
  /// Whether more is to be read.
  [[nodiscard]] bool is_open() const noexcept { return state_ == state::open || state_ == state::closing; }

 private:
  void take_head(mutable_bytes& input);
  [[nodiscard]] std::size_t whole_head() const noexcept;
  void read_head();
  [[nodiscard]] bool is_allowed() const noexcept;
  [[nodiscard]] bool is_masked_rightly() const noexcept;
  [[nodiscard]] bool has_allowed_rsv() const noexcept;
  [[nodiscard]] bool is_allowed_control() const noexcept;
  [[nodiscard]] bool is_in_sequence() const noexcept;
  [[nodiscard]] bool has_minimal_length(std::uint64_t length) const noexcept;
  void begin_frame();
  void begin_fragment();
  void begin_message();
  void take_payload(mutable_bytes& input);
  void end_frame();

  void take_data(bytes_view piece);
  [[nodiscard]] bool is_good(decompressor::outcome outcome);
  void check_text(bytes_view piece);
  void end_fragment();
  void end_message();
  void echo();

  void answer_control();
  void answer_ping();
  void answer_close();
  [[nodiscard]] std::optional<close_code> violation_of_close() const noexcept;
  void end_with(bytes_view payload);
  void fail(close_code code);
  void leave(state next) noexcept { state_ = next; }

  void send_message(opcode kind, bytes_view message);
  void send(opcode kind, bytes_view payload, std::uint8_t reserved = 0);
  void put_head(const websock::protocol::frame_head& head);
  void hold(opcode kind, bytes_view payload);
  void release_held();
  void answer_late_with(fault wanted) noexcept;

  [[nodiscard]] bool has(fault wanted) const noexcept { return fault_ == wanted; }

  role role_;
  fault fault_;
  state state_ = state::open;
  std::optional<compressor> compressor_;
  std::optional<decompressor> decompressor_;

  // The frame under way.
  std::array<std::byte, websock::protocol::largest_head> head_octets_{};
  std::size_t head_size_ = 0;  // of what has come
  bool in_payload_ = false;
  websock::protocol::frame_head head_;
  std::uint64_t left_ = 0;  // octets of the payload to come
  byte_buffer control_;  // payload of a control frame

  // The message under way.
  bool in_message_ = false;
  bool is_compressed_ = false;
  opcode kind_ = opcode::binary;
  std::size_t fragments_ = 0;
  byte_buffer message_;
  websock::protocol::utf8_validator text_;

  byte_buffer output_;
  byte_buffer held_;  // what comes too late
  std::optional<std::size_t> late_from_;
};

}  // namespace broken
