// RFC 6455 after the opening handshake, as a Sans-I/O core: bytes in, events and bytes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

#include "websock/core/byte_buffer.hpp"
#include "websock/core/bytes.hpp"
#include "websock/protocol/close_code.hpp"
#include "websock/protocol/limits.hpp"
#include "websock/protocol/message.hpp"
#include "websock/protocol/opcode.hpp"
#include "websock/protocol/role.hpp"

namespace websock::protocol {

/// The states of section 4 and 7, from the end of the opening handshake on. CLOSING is two states
/// here: who sent the first Close frame decides what may still happen.
enum class state : std::uint8_t {
  open,            ///< both sides may send
  close_sent,      ///< our Close frame is in the output; the peer's is awaited
  close_received,  ///< the peer's Close frame came and our answer is in the output: done, clean
  closed,          ///< both Close frames were exchanged, ours first: done, clean
  failed,          ///< "Fail the WebSocket Connection" (7.1.7): our Close frame, if one may be sent, is in the output
  lost,            ///< the stream ended before the peer's Close frame (1006)
};

/// What `next` found. `none` means that all input is used up and more is needed.
struct event {
  enum class kind : std::uint8_t { none, message, ping, pong, close, failure };

  kind what = kind::none;
  /// The message (`message`), or the payload of a `ping` / `pong` as a binary message.
  message content;
};

/// One endpoint of one connection. It answers by itself what the protocol owes (the pong, the
/// echo of a Close frame, the Close frame of a failure) by adding to its output *before* it
/// reports the event. No clock, no thread, no socket. Never throws for a peer's input, only
/// `std::bad_alloc`.
///
///     bytes_view input = ...;                       // any split of the stream
///     while (true) {
///       auto event = connection.next(input);        // takes bytes from the front of `input`
///       if (event.what == event::kind::none) break; // all used
///       ...
///     }
///     write(connection.output()); connection.consume_output(n);
class connection {
 public:
  connection(protocol::role role, const protocol::limits& limits) noexcept;

  // --- Input ---------------------------------------------------------------------------------

  /// Takes bytes from the front of `input` to the end of the next event and returns it; `none`
  /// once `input` is empty. A frame that lies whole in `input` is unmasked straight into its
  /// message. After a `close` or `failure` event the rest of the input is ignored (section 1.4:
  /// data after a Close frame is discarded): `input` is emptied and `none` returned.
  /// In `close_sent`, data messages that the peer had under way still are events.
  [[nodiscard]] event next(bytes_view& input);

  /// Where the payload that is still missing from a large message may be read to directly, or an
  /// empty span when the next bytes must go through `next`. Memory follows what has arrived: the
  /// span is never larger than what the message holds already (or 64 KiB), whatever length was
  /// declared. Never reaches beyond the end of the frame's payload. To be called, and filled,
  /// only after `next` returned `none`.
  [[nodiscard]] mutable_bytes prepare();

  /// `count` bytes were put at the front of the span of the last `prepare`. Call `next` after it,
  /// also with an empty input: the frame may be complete.
  void commit(std::size_t count);

  /// The peer's stream ended. Without its Close frame the state becomes `lost`.
  void end_of_input() noexcept;

  // --- Output --------------------------------------------------------------------------------
  // Each adds whole frames to the output, or nothing and says why: `errc::closed` after a Close
  // frame of ours ("An endpoint MUST NOT send ... after sending a Close frame", 5.5.1),
  // `errc::argument_invalid` for what may not be on the wire. A client masks each frame with a
  // fresh key from a CSPRNG (5.3).

  /// A whole message in one frame. `kind` is text or binary; that text is UTF-8 is the caller's
  /// promise (the session checks it).
  std::error_code send(opcode kind, bytes_view payload);

  /// One fragment of a message; `kind` is text or binary in the first, continuation after it.
  std::error_code send_fragment(opcode kind, bytes_view payload, bool fin);

  /// Only the head of an unmasked message of `size` bytes, whose payload the caller writes itself
  /// right behind the output. Server role only (a client's payload must be masked:
  /// `errc::argument_invalid`).
  std::error_code send_head(opcode kind, std::uint64_t size);

  std::error_code ping(bytes_view payload);
  std::error_code pong(bytes_view payload);

  /// Starts the closing handshake. No code: an empty Close frame. A reason needs a code, is UTF-8
  /// and at most 123 bytes.
  std::error_code close(std::optional<close_code> code, std::string_view reason);

  /// Bytes that wait to be written; valid until the next call of a non-const member.
  [[nodiscard]] bytes_view output() const noexcept;
  /// The first `count` bytes of `output()` were written.
  void consume_output(std::size_t count) noexcept;

  // --- State ---------------------------------------------------------------------------------

  [[nodiscard]] protocol::role role() const noexcept;
  [[nodiscard]] protocol::state state() const noexcept;
  /// No event will come any more: closed, failed or lost.
  [[nodiscard]] bool is_done() const noexcept;
  /// `send` would be accepted.
  [[nodiscard]] bool can_send() const noexcept;
  /// What the peer's Close frame said; empty when there was none.
  [[nodiscard]] const std::optional<close_status>& peer_close() const noexcept;
  /// What our Close frame said; empty when there was none.
  [[nodiscard]] const std::optional<close_status>& local_close() const noexcept;
  /// Why the connection failed; no error unless `state() == state::failed`.
  [[nodiscard]] std::error_code failure() const noexcept;
};

}  // namespace websock::protocol
