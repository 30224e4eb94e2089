// Bytes to heads and bodies, by llhttp, with the limits and the strictness that a server needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <system_error>

#include "websock/core/bytes.hpp"
#include "websock/http/head.hpp"

namespace websock::http {

/// What a head and a body may cost. Beyond the first two: 431; beyond `body_bytes`: 413.
struct limits {
  std::size_t head_bytes = 16 * 1024;      ///< to the empty line; also the lines between two chunks
  std::size_t head_fields = 100;           ///< field lines
  std::size_t body_bytes = 1024 * 1024;    ///< decoded: without the framing of chunks
};

/// Parses one request at a time from bytes of any split. Refuses what proxies and servers read
/// differently: bare LF, folded lines, a length given twice or in two ways, two Host fields, none in
/// HTTP/1.1, transfer codings but a single "chunked". Takes linear time; memory follows what has
/// arrived and stays in the order of the limits. Trailer fields are checked and dropped.
class request_parser {
 public:
  explicit request_parser(const http::limits& limits);
  request_parser(request_parser&&) noexcept;
  request_parser& operator=(request_parser&&) noexcept;
  ~request_parser();

  /// Takes bytes from the front of `input`. Stops behind the request's last byte (behind the head
  /// of an upgrade), so that what follows - frames, or the next request - stays in `input`.
  /// Errors: `errc::http_malformed`, `http_head_too_large`, `http_body_too_large`; the parser is
  /// then of no further use (and answers with the same error). With `http_body_too_large` the head
  /// is done and may be looked at.
  std::error_code parse(bytes_view& input);

  /// Any byte of a request has come (else the peer is idle between requests). One empty line before
  /// a request is none (RFC 9112 section 2.2).
  [[nodiscard]] bool started() const noexcept;
  /// The head is whole: `request()` has all but the body. True before `is_done` where a body follows.
  [[nodiscard]] bool head_done() const noexcept;
  [[nodiscard]] bool is_done() const noexcept;
  /// The head asks for an upgrade to websocket; `is_done` is true without a body. (Where it declares
  /// a body, that is read first; `accept_handshake` refuses it.)
  [[nodiscard]] bool is_upgrade() const noexcept;
  /// The peer waits for "HTTP/1.1 100 Continue" before it sends the body (RFC 9110 section 10.1.1):
  /// the server's to answer, once, when `parse` returns without an error.
  [[nodiscard]] bool expects_continue() const noexcept;
  /// The connection may serve another request after this one (RFC 9112 section 9.3).
  [[nodiscard]] bool keep_alive() const noexcept;

  [[nodiscard]] const http::request& request() const noexcept;
  /// Moves the request out and makes the parser ready for the next one. Only when `head_done`.
  http::request take();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Parses one response (the client's side of the opening handshake), as strict as `request_parser`.
/// Skips informational responses (RFC 9110 section 15.2) but 101; `head_bytes` counts them too.
class response_parser {
 public:
  explicit response_parser(const http::limits& limits);
  response_parser(response_parser&&) noexcept;
  response_parser& operator=(response_parser&&) noexcept;
  ~response_parser();

  /// As `request_parser::parse`. After a 101 the rest of `input` is frames. Another status has a
  /// body: up to `limits::body_bytes` of it are kept, the rest is dropped without an error.
  std::error_code parse(bytes_view& input);
  /// The stream ended: completes a body that has no length. `errc::connection_lost` where the
  /// response is not whole.
  std::error_code end_of_input();
  /// The head is whole and valid, whatever becomes of the body.
  [[nodiscard]] bool head_done() const noexcept;
  [[nodiscard]] bool is_done() const noexcept;
  /// As much of the body has come as is kept.
  [[nodiscard]] bool body_full() const noexcept;
  /// Status and fields, once `head_done`; the body comes with `take`.
  [[nodiscard]] const http::response& response() const noexcept;
  /// Moves the response out; only when `head_done`. The parser is then of no further use.
  http::response take();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace websock::http
