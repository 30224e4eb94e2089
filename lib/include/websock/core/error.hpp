// One list of errors for the whole project, one category, a few conditions to test for.
#pragma once

#include <string>
#include <system_error>

namespace websock {

/// What went wrong, exactly. Compare with `condition` when only the kind of failure matters:
/// `if (ec == websock::condition::timeout)`.
enum class errc {
  // A peer broke RFC 6455; the connection fails with close code 1002.
  reserved_bits_set = 1,       ///< RSV1-3 where no extension defines them (section 5.2)
  reserved_opcode,             ///< opcodes 3-7 and 11-15 (section 5.2)
  fragmented_control_frame,    ///< a control frame without FIN (section 5.5)
  control_frame_too_long,      ///< a control payload over 125 bytes (section 5.5)
  nonminimal_length,           ///< a length that fits a shorter form (section 5.2)
  length_out_of_range,         ///< a 64-bit length with its top bit set (section 5.2)
  unmasked_frame,              ///< from a client (section 5.1)
  masked_frame,                ///< from a server (section 5.1)
  unexpected_continuation,     ///< nothing to continue (section 5.4)
  continuation_expected,       ///< a new message inside a fragmented one (section 5.4)
  close_payload_truncated,     ///< a Close payload of one byte (section 5.5.1)
  close_code_invalid,          ///< a code that must not be on the wire (section 7.4)
  // The other codes with which a connection fails.
  invalid_utf8,                ///< text or a close reason (section 8.1): 1007
  compressed_data_invalid,     ///< no DEFLATE, or cut off (RFC 7692 section 7.2.2): 1007
  message_too_big,             ///< over limits::message: 1009
  inflate_ratio_exceeded,      ///< over limits::inflate_ratio: 1009
  too_many_fragments,          ///< over limits::fragments: 1008
  message_rate_exceeded,       ///< over session_options::rates.messages: 1008
  control_frame_rate_exceeded, ///< over session_options::rates.control_frames: 1008
  // HTTP heads and the opening handshake.
  http_malformed = 100,        ///< not HTTP/1.x, or ambiguous about its length or host
  http_head_too_large,         ///< over the limit in bytes or fields: 431
  http_body_too_large,         ///< over the limit of a plain HTTP request: 413
  field_invalid,               ///< a field of ours would break the head (CR, LF, NUL, bad name)
  handshake_refused,           ///< the server did not answer 101
  handshake_invalid,           ///< a 101 that breaks section 4.1 (Upgrade, Connection, Accept...)
  subprotocol_not_offered,     ///< the server chose one that the client did not offer
  extension_not_offered,       ///< the server chose one that the client did not offer
  extension_invalid,           ///< the server's answer to an offer breaks RFC 6455 9.1 or RFC 7692 7
  url_invalid,                 ///< not a ws, wss or ws+unix URL; not a proxy's
  redirect_refused,            ///< one too many, from wss to ws, or to nowhere
  proxy_refused,               ///< the proxy does not connect us
  // TLS.
  certificate_untrusted = 150, ///< issued by nobody whom we trust, revoked, or not for this use
  certificate_expired,         ///< not in its time: expired, or not valid yet
  certificate_wrong_host,      ///< made out to somebody else
  tls_configuration,           ///< a file of ours cannot be used: certificate, key, CA
  tls_truncated,               ///< the stream ended without close_notify (RFC 8446 section 6.1)
  // The session's life.
  closed = 200,                ///< used after the session ended, or on a handle of a dead one
  connection_lost,             ///< the peer's stream ended without a Close frame (1006)
  handshake_timeout,
  close_timeout,               ///< the peer did not answer our Close frame in time
  ping_timeout,                ///< no byte came for ping_interval + ping_timeout
  send_timeout,                ///< the peer took none of our bytes for timeouts::send
  timed_out,                   ///< `with_timeout`
  busy,                        ///< a second `receive()` while one waits
  outgoing_queue_full,         ///< `overflow::close`: the peer is too slow for what is sent to it (1008, 1013)
  argument_invalid,            ///< a caller's argument that the protocol does not allow to send
};

/// Kinds of failure; every `errc` that belongs to one compares equal to it.
enum class condition {
  protocol_violation = 1,  ///< the peer broke RFC 6455 or 7692 (codes 1002 and 1007)
  limit_exceeded,          ///< a limit of ours was reached (1008, 1009, 413, 431)
  handshake_failed,        ///< no session came to be
  timeout,                 ///< any deadline
  disconnected,            ///< closed, lost, reset, broken pipe: nobody is there any more
};

const std::error_category& error_category() noexcept;
const std::error_category& condition_category() noexcept;

std::error_code make_error_code(errc value) noexcept;
std::error_condition make_error_condition(condition value) noexcept;

}  // namespace websock

template <>
struct std::is_error_code_enum<websock::errc> : std::true_type {};
template <>
struct std::is_error_condition_enum<websock::condition> : std::true_type {};
