// What a connection that negotiated permessage-deflate (RFC 7692) knows of both directions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "context_pool.hpp"
#include "websock/protocol/permessage_deflate.hpp"
#include "websock/protocol/role.hpp"

namespace websock::protocol {

/// One direction holds its context while a message is under way, and between messages only where it is taken
/// over.
class deflate_state {
 public:
  deflate_state(const deflate_parameters& agreed, const deflate_options& options, role ours) noexcept;

  // --- Sending
  std::size_t threshold;
  deflater::settings sends_with;
  bool sends_with_takeover;

  /// The context for the next octets.
  deflater& sender();
  void end_sent_message() noexcept;
  /// The peer's window has moved on without our context.
  void forget_sent() noexcept { sender_is_stale_ = sender_ != nullptr; }

  // --- Receiving
  inflater::settings receives_with;
  bool receives_with_takeover;
  std::uint64_t received = 0;  ///< compressed octets of the message that is arriving
  std::size_t inflated_in_turn = 0;  ///< what was made of them in one `connection::next`

  inflater& receiver();
  void end_received_message() noexcept;

 private:
  leased_deflater sender_;
  leased_inflater receiver_;
  bool sender_is_stale_ = false;
};

}  // namespace websock::protocol
