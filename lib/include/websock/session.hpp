// The WebSocket session: one type for servers and clients, over any byte stream.
#pragma once

#include <asio/any_io_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "websock/core/bytes.hpp"
#include "websock/core/clock.hpp"
#include "websock/core/error.hpp"
#include "websock/http/head.hpp"
#include "websock/io/byte_stream.hpp"
#include "websock/io/tls_info.hpp"
#include "websock/message_writer.hpp"
#include "websock/protocol/close_code.hpp"
#include "websock/protocol/compression.hpp"
#include "websock/protocol/message.hpp"
#include "websock/protocol/permessage_deflate.hpp"
#include "websock/protocol/prepared_message.hpp"
#include "websock/protocol/role.hpp"
#include "websock/session_awaitables.hpp"
#include "websock/session_handle.hpp"
#include "websock/session_options.hpp"
#include "websock/task.hpp"

namespace websock {

namespace detail {
class session_core;
}

/// What is known of the opening handshake that made a session.
struct session_request {
  http::request head;
  std::string subprotocol;                                       ///< chosen; empty: none
  std::optional<protocol::deflate_parameters> deflate;           ///< agreed on; nothing: no compression
  std::vector<std::pair<std::string, std::string>> parameters;   ///< of the route, decoded
  std::string remote_endpoint;                                   ///< "192.0.2.1:5000"; "unix"; ""
  std::shared_ptr<const io::tls_info> tls;                       ///< null: without TLS
  std::shared_ptr<const http::response> response;                ///< the 101 that a client got
};

/// A session in the OPEN state or later. All members are called on the session's thread; another
/// thread uses `handle()`. Movable; destroying an open session drops its connection (`abort`).
///
/// Errors are thrown as `std::system_error` with an `errc` or a system error; a clean close is a
/// value. Cancelling any of the calls leaves the session whole: a cancelled `receive` loses no
/// byte, a cancelled `send` was either accepted or not.
class session {
 public:
  /// Takes over a stream whose opening handshake is done. `early` are bytes that came behind the
  /// handshake already.
  session(io::stream_ptr stream, protocol::role role, session_options options = {},
          session_request request = {}, bytes_view early = {});
  /// The same for many sessions that share their options.
  session(io::stream_ptr stream, protocol::role role, std::shared_ptr<const session_options> options,
          session_request request, bytes_view early);
  session(session&&) noexcept;
  session& operator=(session&&) noexcept;
  ~session();

  /// The next message; nothing once the closing handshake is done (section 7.1.4), whoever began
  /// it. Pings are answered while it runs, so a session that is to live keeps a receive under way.
  /// Throws the peer's violation (after the Close frame that section 7.1.7 asks for was sent),
  /// `errc::connection_lost`, a timeout, a system error. `errc::busy` while another one waits.
  task<std::optional<message>> receive();

  /// Sends one message. Completes when it is accepted into the outgoing buffer, in the order of the
  /// calls; suspends while more than `high_water_mark` bytes wait there, unless `outgoing.policy` is
  /// to drop the oldest message instead, or to close (`errc::outgoing_queue_full`). What is accepted
  /// before a `close` is written before the Close frame. Any number of coroutines may send. The argument
  /// must live until the call completes. Throws `errc::closed` after a Close frame of ours or the
  /// end, `errc::argument_invalid` for text that is not UTF-8. `how` says whether it is compressed,
  /// where that was agreed on.
  task<sent> send(std::string_view text, compression how = compression::automatic);
  task<sent> send(bytes_view binary, compression how = compression::automatic);
  task<sent> send(const message& message, compression how = compression::automatic);
  /// The same for a message with many receivers: framed and compressed once for all of them.
  task<sent> send(const prepared_message& message, compression how = compression::automatic);

  /// Begins a message that is sent piece by piece, when it is this call's turn. Until it is finished
  /// other senders wait.
  task<message_writer> start_message(opcode kind, compression how = compression::automatic);

  /// Completes when all that was accepted before the call is written to the system.
  task<void> flush();

  /// Sends a ping and completes with the round-trip time when its pong arrives. Needs somebody in
  /// `receive`. `payload` is at most 125 bytes; empty: one is made up.
  task<std::chrono::nanoseconds> ping(std::string_view payload = {});

  /// Section 7.1.2: sends a Close frame behind what was accepted, waits for the peer's, and ends
  /// the connection in the RFC's order. Messages that still arrive are dropped, unless somebody is
  /// in `receive`. Bounded by `timeouts::close`; when that runs out the connection is dropped.
  /// Never throws for what the peer does (`was_clean` tells); idempotent. Throws
  /// `errc::argument_invalid` for a code that may not be sent or a reason over 123 bytes.
  task<void> close(close_code code = close_code::normal_closure, std::string_view reason = {});

  /// Only sends the Close frame (behind what was accepted) and starts the close timeout; whoever is
  /// in `receive` sees the end. Does nothing after another close.
  void start_close(close_code code, std::string_view reason = {});

  /// Drops the connection now, without a closing handshake. Whoever waits gets `errc::closed`.
  void abort() noexcept;

  /// For other threads and for whoever may outlive the session.
  [[nodiscard]] session_handle handle() const;

  [[nodiscard]] bool is_open() const noexcept;
  /// Both Close frames were exchanged.
  [[nodiscard]] bool was_clean() const noexcept;
  [[nodiscard]] const std::optional<close_status>& peer_close() const noexcept;
  [[nodiscard]] const std::optional<close_status>& local_close() const noexcept;
  /// Bytes accepted and not yet written. A message that waits for its frame (`outgoing.policy`) counts with what
  /// it takes in memory.
  [[nodiscard]] std::size_t buffered() const noexcept;
  /// Messages that `overflow::drop_oldest` has dropped.
  [[nodiscard]] std::uint64_t dropped() const noexcept;
  /// The round-trip time of the latest ping (`ping` or keepalive) that was answered.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> latency() const noexcept;

  [[nodiscard]] const http::request& request() const noexcept;
  /// What a server answered to a client's request; null in the server's role.
  [[nodiscard]] const http::response* response() const noexcept;
  /// What TLS has agreed on, with the subject of the peer's certificate; null without TLS.
  [[nodiscard]] const io::tls_info* tls() const noexcept;
  [[nodiscard]] std::string_view subprotocol() const noexcept;
  /// What was agreed on for compression; nothing: messages are not compressed.
  [[nodiscard]] const std::optional<protocol::deflate_parameters>& permessage_deflate() const noexcept;
  /// A parameter of the route, percent-decoded: `{room}` -> parameter("room"). Empty: no such.
  [[nodiscard]] std::string_view parameter(std::string_view name) const noexcept;
  /// The first value of that name in the request's query, decoded.
  [[nodiscard]] std::optional<std::string> query(std::string_view name) const;
  /// "192.0.2.1", "2001:db8::1"; empty for what is no IP.
  [[nodiscard]] std::string_view remote_address() const noexcept;
  /// "192.0.2.1:5000", "[2001:db8::1]:5000", "unix".
  [[nodiscard]] std::string_view remote_endpoint() const noexcept;

  [[nodiscard]] asio::any_io_executor get_executor() const noexcept;

 private:
  std::shared_ptr<detail::session_core> core_;
};

}  // namespace websock
