// A whole message, as a session receives and sends it.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "websock/core/byte_buffer.hpp"
#include "websock/core/bytes.hpp"
#include "websock/protocol/opcode.hpp"

namespace websock {

namespace protocol {
class connection;
}

/// A text or binary message that owns its payload (RFC 6455 section 5.6). The payload of a
/// received text message is valid UTF-8. Movable; copied only by `message{other.kind(), bytes}`.
class message {
 public:
  message() noexcept = default;
  explicit message(std::string_view text) : message{opcode::text, byte_buffer{as_bytes(text)}} {}
  explicit message(bytes_view binary) : message{opcode::binary, byte_buffer{binary}} {}
  message(opcode kind, byte_buffer payload) noexcept : kind_{kind}, payload_{std::move(payload)} {}

  [[nodiscard]] opcode kind() const noexcept { return kind_; }
  [[nodiscard]] bool is_text() const noexcept { return kind_ == opcode::text; }
  [[nodiscard]] bool is_binary() const noexcept { return kind_ == opcode::binary; }

  /// The payload; views live as long as the message does and is not moved from.
  [[nodiscard]] std::string_view text() const noexcept { return as_text(payload_); }
  [[nodiscard]] bytes_view bytes() const noexcept { return payload_; }
  [[nodiscard]] std::size_t size() const noexcept { return payload_.size(); }

  /// A text message that a connection received, so its payload is known to be UTF-8: whoever sends
  /// it on need not look again.
  [[nodiscard]] bool is_validated() const noexcept { return validated_; }

 private:
  friend class protocol::connection;

  opcode kind_ = opcode::binary;
  bool validated_ = false;
  byte_buffer payload_;
};

}  // namespace websock
