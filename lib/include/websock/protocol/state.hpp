// The life of a connection after the opening handshake, as RFC 6455 sections 4 and 7 tell it.
#pragma once

#include <cstdint>

namespace websock::protocol {

/// The states of section 4 and 7, from the end of the opening handshake on. CLOSING is two states
/// here: who sent the first Close frame decides what may still happen.
enum class state : std::uint8_t {
  open,            ///< both sides may send
  close_sent,      ///< our Close frame is in the output; the peer's is awaited
  close_received,  ///< the peer's Close frame came and our answer is in the output: done, clean
  closed,          ///< both Close frames were exchanged, ours first: done, clean
  failed,  ///< "Fail the WebSocket Connection" (7.1.7): our Close frame is in the output, or went before
  lost,  ///< the stream ended before the peer's Close frame (1006)
};

/// What moves a connection from one state to the next.
enum class transition : std::uint8_t {
  local_close,  ///< we send a Close frame of our own accord
  peer_close,  ///< the peer's (valid) Close frame came
  violation,  ///< the peer broke the protocol or a limit
  end_of_stream,  ///< no more bytes will come
};

/// The state that follows; every change of state of a connection is made here.
[[nodiscard]] state state_after(state now, transition what) noexcept;

/// No event will come any more: all states but `open` and `close_sent`.
[[nodiscard]] constexpr bool is_final(state now) noexcept {
  return now != state::open && now != state::close_sent;
}

}  // namespace websock::protocol
