// Bytes to heads and bodies, by llhttp, with the limits and the strictness that a server needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <system_error>

#include "websock/core/bytes.hpp"
#include "websock/http/head.hpp"

namespace websock::http {

/// What a head and a body may cost. Beyond the first two: 431; beyond `body`: 413.
struct limits {
  std::size_t head_bytes = 16 * 1024;
  std::size_t head_fields = 100;
  std::size_t body_bytes = 1024 * 1024;
};

/// Parses one request at a time from bytes of any split. Refuses what proxies and servers read
/// differently: bare LF, folded lines, a length given twice or in two ways, two Host fields.
/// Takes linear time, and at most `head_bytes` of memory for a head that never ends.
class request_parser {
 public:
  explicit request_parser(const http::limits& limits);
  request_parser(request_parser&&) noexcept;
  request_parser& operator=(request_parser&&) noexcept;
  ~request_parser();

  /// Takes bytes from the front of `input`. Stops behind the request's last byte (behind the head
  /// of an upgrade), so that what follows - frames, or the next request - stays in `input`.
  /// Errors: `errc::http_malformed`, `http_head_too_large`, `http_body_too_large`; the parser is
  /// then of no further use.
  std::error_code parse(bytes_view& input);

  /// Any byte of a request has come (else the peer is idle between requests).
  [[nodiscard]] bool started() const noexcept;
  /// The head is whole: `request()` has all but the body. True before `is_done` where a body follows.
  [[nodiscard]] bool head_done() const noexcept;
  [[nodiscard]] bool is_done() const noexcept;
  /// The head asks for an upgrade to websocket; `is_done` is true without a body.
  [[nodiscard]] bool is_upgrade() const noexcept;
  /// The connection may serve another request after this one (RFC 9112 section 9.3).
  [[nodiscard]] bool keep_alive() const noexcept;

  [[nodiscard]] const http::request& request() const noexcept;
  /// Moves the request out and makes the parser ready for the next one.
  http::request take();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Parses the head of a response (the client's side of the opening handshake).
class response_parser {
 public:
  explicit response_parser(const http::limits& limits);
  response_parser(response_parser&&) noexcept;
  response_parser& operator=(response_parser&&) noexcept;
  ~response_parser();

  /// As `request_parser::parse`. After a 101 the rest of `input` is frames. Another status has a
  /// body: up to `limits::body_bytes` of it are kept, the rest is dropped without an error.
  std::error_code parse(bytes_view& input);
  /// The stream ended: completes a body that has no length.
  std::error_code end_of_input();
  [[nodiscard]] bool head_done() const noexcept;
  [[nodiscard]] bool is_done() const noexcept;
  http::response take();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace websock::http
