// The runner's receiving half: octets to frames and messages, as strict as RFC 6455 is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "websock/core/error.hpp"
#include "websock/protocol/frame.hpp"
#include "websock/protocol/role.hpp"

namespace conformance {

/// What the reader finds, in the order of the wire.
class frame_sink {
 public:
  virtual ~frame_sink() = default;
  /// Each frame, its payload unmasked.
  virtual void on_frame(const websock::protocol::frame_head& head, std::string_view payload) = 0;
  virtual void on_message(bool binary, bool compressed, std::string&& payload) = 0;
  virtual void on_control(websock::opcode kind, std::string_view payload) = 0;
  /// The subject broke the protocol. Nothing comes behind it. `errc::closed`: by what it sent behind its Close
  /// frame.
  virtual void on_violation(websock::errc why) = 0;
};

class frame_reader {
 public:
  frame_reader(websock::protocol::role receiver, frame_sink& sink) : receiver_{receiver}, sink_{sink} {}

  /// RSV1 may be set from now on.
  void allow_compression() noexcept { reserved_ = websock::protocol::per_message_compressed; }

  /// Takes octets of any split. Stops behind a violation. Behind a Close frame only pings and pongs may come,
  /// which are passed over.
  void feed(std::string_view octets);

 private:
  bool read_head(std::string_view& octets);
  bool read_payload(std::string_view& octets);
  void end_frame();
  [[nodiscard]] websock::errc check_sequence() const noexcept;
  void fail(websock::errc why);

  websock::protocol::role receiver_;
  frame_sink& sink_;
  std::uint8_t reserved_ = 0;
  std::string head_octets_;
  std::optional<websock::protocol::frame_head> frame_;  // whose payload is being read
  std::string control_;
  std::string message_;
  std::size_t frame_begin_ = 0;  // in message_
  bool in_message_ = false;
  bool binary_ = false;
  bool compressed_ = false;
  bool closed_ = false;  // the subject's Close frame came
  bool failed_ = false;
};

}  // namespace conformance
