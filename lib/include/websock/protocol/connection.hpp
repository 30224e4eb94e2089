// RFC 6455 after the opening handshake, as a Sans-I/O core: bytes in, events and bytes out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

#include "websock/core/byte_buffer.hpp"
#include "websock/core/bytes.hpp"
#include "websock/core/error.hpp"
#include "websock/protocol/close_code.hpp"
#include "websock/protocol/compression.hpp"
#include "websock/protocol/frame.hpp"
#include "websock/protocol/limits.hpp"
#include "websock/protocol/message.hpp"
#include "websock/protocol/opcode.hpp"
#include "websock/protocol/permessage_deflate.hpp"
#include "websock/protocol/role.hpp"
#include "websock/protocol/state.hpp"
#include "websock/protocol/utf8.hpp"

namespace websock {
class prepared_message;
}

namespace websock::protocol {

class deflate_state;

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
/// `std::bad_alloc`, and in the client role `std::system_error` should there be no random bytes for a
/// masking key; after either the connection is fit for destruction only.
///
///     bytes_view input = ...;                       // any split of the stream
///     while (true) {
///       auto event = connection.next(input);        // takes bytes from the front of `input`
///       if (event.what == event::kind::none) break; // all used; or with compression, a good share of it
///       ...
///     }
///     write(connection.output()); connection.consume_output(n);
class connection {
 public:
  connection(protocol::role role, const protocol::limits& limits) noexcept;
  connection(connection&&) noexcept;
  connection& operator=(connection&&) noexcept;
  ~connection();

  /// permessage-deflate (RFC 7692) is in use: to be called before the first byte of either direction, and
  /// once. `errc::argument_invalid`, with nothing done, for bits outside 8-15 and levels outside 1-9. Costs
  /// less than 128 bytes until a compressed message comes or goes.
  [[nodiscard]] std::error_code enable_deflate(const deflate_parameters& agreed,
                                               const deflate_options& options);

  // --- Input ---------------------------------------------------------------------------------

  /// Takes bytes from the front of `input` to the end of the next event and returns it; `none`
  /// once `input` is empty. Also `none`, with the rest still in `input`, each time a compressed
  /// message has inflated to another 256 KiB (4 MiB at most): others may have their turn before it
  /// is called again. A frame that lies whole in `input` is unmasked straight into its
  /// message. After a `close` or `failure` event the rest of the input is ignored (section 1.4:
  /// data after a Close frame is discarded): `input` is emptied and `none` returned.
  /// In `close_sent`, data messages that the peer had under way still are events.
  [[nodiscard]] event next(bytes_view& input);

  /// The most common case of `next`, quicker: a message of one frame that is whole at the front of `input`, less
  /// than 64 KiB, not compressed. False, with nothing done: ask `next`. `into` is an empty message.
  [[nodiscard]] bool take_message(bytes_view& input, message& into);

  /// Whether `next` has an event without any input: the payload was completed by `commit`, or all is over.
  [[nodiscard]] bool has_event() const noexcept { return is_done() || (in_payload_ && remaining_ == 0); }

  /// Where the payload that is still missing from a large message may be read to directly, or an
  /// empty span when the next bytes must go through `next`. Memory follows what has arrived: the
  /// span is never larger than what the message holds already, whatever length was declared, and
  /// empty for less than 4 KiB, and for a compressed message. Never reaches beyond the end of the
  /// frame's payload. To be called, and filled, only after `next` returned `none`.
  [[nodiscard]] mutable_bytes prepare();

  /// `count` bytes were put at the front of the span of the last `prepare`. Call `next` after it,
  /// also with an empty input: the frame may be complete, or its text may have proved to be bad.
  void commit(std::size_t count);

  /// Fails the connection (section 7.1.7) for a limit that the caller watches, since it takes a clock, by the Close
  /// frame that belongs to the error. Nothing when all is over already.
  void fail(errc why);

  /// The peer's stream ended. Without its Close frame the state becomes `lost`.
  void end_of_input() noexcept;

  // --- Output --------------------------------------------------------------------------------
  // Each adds whole frames to the output, or nothing and says why: `errc::closed` after a Close
  // frame of ours ("An endpoint MUST NOT send ... after sending a Close frame", 5.5.1),
  // `errc::argument_invalid` for what may not be on the wire. A client masks each frame with a
  // fresh key from a CSPRNG (5.3).

  /// A whole message in one frame. `kind` is text or binary; that text is UTF-8 is the caller's
  /// promise (the session checks it).
  std::error_code send(opcode kind, bytes_view payload, compression how = compression::automatic);

  /// One fragment of a message; `kind` is text or binary in the first, continuation after it.
  /// Between the first and the last (`fin`), `send` and `send_head` are `errc::argument_invalid`.
  /// `how`, and with `automatic` the size, of the first is that of the message. All that is sent can
  /// be read at once, also of a compressed message; that costs up to five bytes a fragment.
  std::error_code send_fragment(opcode kind, bytes_view payload, bool fin,
                                compression how = compression::automatic);

  /// Whether `send` would try to compress a message of `size` bytes. (It may yet find that it would
  /// not shrink: see `compression`.)
  [[nodiscard]] bool will_compress(std::uint64_t size, compression how) const noexcept;

  /// Only the head of an unmasked message of `size` bytes, which is not compressed and whose payload
  /// the caller writes itself right behind the `output()` that this call leaves: what is added later (a
  /// pong, say) belongs behind the payload. Server role only (a client's payload must be masked:
  /// `errc::argument_invalid`).
  std::error_code send_head(opcode kind, std::uint64_t size);

  /// A message that others are sent, too. With `automatic` it is sent as it is where it does not shrink.
  std::error_code send(const prepared_message& message, compression how = compression::automatic);
  /// The same in the way of `send_head`: `payload` is what belongs behind the head, compressed or not, and
  /// lives as long as the message does.
  std::error_code send_head(const prepared_message& message, compression how, bytes_view& payload);

  /// The part of that payload which could not be written: it waits behind what `output()` still
  /// holds of the head. To be called before anything else is sent, and before `consume_output`, which may
  /// add a pong.
  void append_payload(bytes_view rest);

  /// At most 125 bytes, else `errc::argument_invalid`.
  std::error_code ping(bytes_view payload);
  /// Unsolicited (section 5.5.3); pings are answered without it. At most 125 bytes.
  std::error_code pong(bytes_view payload);

  /// Starts the closing handshake. No code: an empty Close frame. A reason needs a code, is UTF-8
  /// and at most 123 bytes.
  std::error_code close(std::optional<close_code> code, std::string_view reason);

  /// Bytes that wait to be written; valid until the next call of a non-const member.
  [[nodiscard]] bytes_view output() const noexcept { return output_.view().subspan(written_); }
  /// The first `count` bytes of `output()` were written. A pong that had to wait for that
  /// (`limits::buffered_control_frames`) is output now.
  void consume_output(std::size_t count) noexcept;

  // --- State ---------------------------------------------------------------------------------

  [[nodiscard]] protocol::role role() const noexcept { return role_; }
  [[nodiscard]] protocol::state state() const noexcept { return state_; }
  /// No event will come any more but a `failure` that `next` has yet to report: `is_final(state())`.
  [[nodiscard]] bool is_done() const noexcept { return is_final(state_); }
  /// `send` would be accepted.
  [[nodiscard]] bool can_send() const noexcept { return state_ == state::open; }
  /// Fragments of a message were sent, and its last was not.
  [[nodiscard]] bool is_sending_fragments() const noexcept { return sending_fragments_; }
  /// What the peer's Close frame said; empty when there was none, or one that broke the protocol.
  [[nodiscard]] const std::optional<close_status>& peer_close() const noexcept;
  /// What our Close frame said; empty when there was none.
  [[nodiscard]] const std::optional<close_status>& local_close() const noexcept;
  /// Why the connection failed; no error unless `state() == state::failed`.
  [[nodiscard]] std::error_code failure() const noexcept;

 private:
  // What most connections need at their end, if ever: kept out of the idle object.
  struct rarely_used {
    std::optional<close_status> peer_close;
    std::optional<close_status> local_close;
    std::optional<byte_buffer> waiting_pong;  // the newest beyond limits::buffered_control_frames
    errc failure{};
    bool failure_reported = false;
  };

  // Where in output_ the frame begins whose compressed payload goes to its end.
  struct compressed_frame {
    std::size_t head_at;
    std::size_t payload_at;
  };

  struct prepared_payload {
    bytes_view payload;
    std::uint8_t reserved = 0;
  };

  // Input: connection_input.cpp
  bool read_head(bytes_view& input);
  decoded_head take_head(bytes_view& input);
  decoded_head complete_head(bytes_view& input);
  bool read_payload(bytes_view& input, event& result);
  bool take_payload(mutable_bytes payload);
  bool check_text(bytes_view piece);
  [[nodiscard]] errc check_sequence() const noexcept;
  void begin_payload();
  bool end_frame(event& result);
  bool end_message(event& result);
  bool end_control_frame(event& result);
  void after_the_end(bytes_view& input, event& result);

  // Compressed input: connection_inflate.cpp
  void begin_compressed(std::uint8_t reserved) noexcept;
  void begin_turn() noexcept;
  bool read_compressed(bytes_view& input);
  bool inflate(bytes_view compressed);
  [[nodiscard]] mutable_bytes room_to_inflate(std::size_t compressed, std::byte& beyond);
  bool take_inflated(bytes_view octets);
  bool end_compressed_message();

  // Output: connection_output.cpp
  [[nodiscard]] errc check_data(opcode kind) const noexcept;
  [[nodiscard]] errc check_message(opcode kind) const noexcept;
  std::error_code send_control(opcode kind, bytes_view payload);
  std::byte* room(std::size_t size);
  void write_head(opcode kind, std::uint64_t size, std::uint8_t reserved);
  void write_frame(opcode kind, bool fin, bytes_view payload, std::uint8_t reserved = 0);
  void answer_ping(bytes_view payload);
  void write_waiting_pong();

  // Compressed output: connection_deflate.cpp
  void send_compressed(opcode kind, bytes_view payload, compression how);
  void write_compressed_fragment(opcode kind, bytes_view payload, bool fin);
  compressed_frame compress(bytes_view payload, bool fin);
  void finish_frame(const compressed_frame& frame, frame_head head);
  prepared_payload choose_payload(const prepared_message& message, compression how);

  // The closing handshake: connection_closing.cpp
  bool take_close(bytes_view payload);
  void send_close(std::optional<close_code> code, std::string_view reason);
  rarely_used& rare();

  protocol::limits limits_;

  byte_buffer message_;  // payload of the message that is arriving
  byte_buffer control_;  // payload of the control frame that is arriving
  std::uint64_t fragments_ = 0;  // frames of the message so far
  std::uint64_t remaining_ = 0;  // octets of the frame's payload that have not come
  masking_key key_ = 0;  // turned so that it fits the next of them

  std::array<std::byte, largest_head> head_{};  // of a head that came in part
  std::uint8_t head_size_ = 0;

  protocol::role role_;
  std::uint8_t reserved_bits_ = 0;  // that an extension defines
  protocol::state state_ = protocol::state::open;
  opcode frame_kind_ = opcode::binary;
  opcode message_kind_ = opcode::binary;
  bool fin_ = false;
  bool in_payload_ = false;  // the head was read, the payload is not complete
  bool in_message_ = false;  // a data frame without FIN came (or is coming), its last has not
  bool compressed_ = false;  // the message that is arriving, or came last, has RSV1 set
  bool sending_fragments_ = false;
  bool sending_compressed_ = false;  // the message whose fragments are being sent
  utf8_validator utf8_;

  std::uint32_t unwritten_pongs_ = 0;  // answers to pings in output_
  std::size_t end_of_pongs_ = 0;  // where in output_ the last of them ends
  std::size_t written_ = 0;  // octets at the front of output_ that are done with
  byte_buffer output_;

  std::unique_ptr<rarely_used> rare_;
  std::unique_ptr<deflate_state> deflate_;  // none: not negotiated, or at the end
};

}  // namespace websock::protocol
