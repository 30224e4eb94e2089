// What one session may cost and how long it may wait; the same for servers and clients.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "websock/core/rate.hpp"
#include "websock/core/units.hpp"
#include "websock/protocol/close_code.hpp"
#include "websock/protocol/limits.hpp"
#include "websock/protocol/permessage_deflate.hpp"

namespace websock {

/// Any byte from the peer counts as a sign of life. After `ping_interval` without one a ping is
/// sent; after `ping_timeout` more without one the session fails with `errc::ping_timeout`.
struct keepalive_options {
  duration ping_interval = std::chrono::seconds{20};  ///< no_timeout: no pings
  duration ping_timeout = std::chrono::seconds{20};
};

struct timeout_options {
  duration handshake = std::chrono::seconds{10};  ///< the upgrade hook and the 101
  duration idle = no_timeout;                     ///< without a message either way: closed with 1001
  duration close = std::chrono::seconds{10};      ///< from our Close frame to the end of TCP
  duration send = std::chrono::seconds{30};       ///< output waits and the peer takes no byte
};

/// What a peer may send a second; above: close code 1008. Counted when it is taken from the input, by a clock of some
/// milliseconds: a `burst` should have room for what comes while the handler is busy.
struct rate_options {
  /// Messages, whole ones. Nothing: no limit; who does not receive them has them wait at the peer's side.
  std::optional<rate_limit> messages = std::nullopt;
  /// Pings and pongs, which no handler sees and therefore none can slow down. An honest peer sends one in some
  /// seconds; the burst has room for tools that test endpoints with floods. Nothing: no limit.
  std::optional<rate_limit> control_frames = rate_limit{1'000, 131'072};
};

/// What becomes of a message when `session_options::high_water_mark` or `outgoing_options::messages` is reached.
/// Only `block` ever has a sender wait, and only with it and `close` every accepted message is sent.
enum class overflow : std::uint8_t {
  block,        ///< `send` suspends until there is room: the sender goes as slowly as the peer reads
  drop_oldest,  ///< the oldest whole message that has not begun to be written is dropped for the new one
  close         ///< the new one is not accepted (`errc::outgoing_queue_full`), and the session is closed
};

/// Pongs, pings and the Close frame are no messages: they are never dropped, and never wait for messages that the
/// peer is too slow for. A message in pieces (`session::start_message`) is never dropped and waits for room under
/// every policy; messages that others send meanwhile wait behind it.
struct outgoing_options {
  std::uint64_t messages = protocol::unlimited;  ///< accepted and not written, besides `high_water_mark`
  overflow policy = overflow::block;
  close_code code = close_code::policy_violation;  ///< of `overflow::close`: this or `try_again_later`
};

struct session_options {
  protocol::limits limits;
  rate_options rates;
  /// Compression (RFC 7692): what a server agrees to and a client offers. Nothing: none.
  std::optional<protocol::deflate_options> permessage_deflate = std::nullopt;
  /// Bytes of output that may wait; the message that reaches it is still accepted. Then it is `outgoing.policy`
  /// that says what becomes of the next one.
  std::size_t high_water_mark = 1024 * 1024;
  outgoing_options outgoing;
  keepalive_options keepalive;
  timeout_options timeouts;
};

}  // namespace websock
