// Reading what a server answers to the opening handshake, or a proxy to CONNECT.
#pragma once

#include <array>
#include <cstddef>

#include "websock/core/bytes.hpp"
#include "websock/http/head_parser.hpp"
#include "websock/io/byte_stream.hpp"
#include "websock/task.hpp"

namespace websock {

/// Reads one response from `stream`, which must outlive it: the head, and, when it is wanted, what
/// there is of the body.
class answer_reader {
 public:
  explicit answer_reader(io::byte_stream& stream);

  /// Throws the parser's error, `errc::connection_lost` when the stream ends before, or what the
  /// stream fails with.
  task<void> read_head();

  /// As `read_head`, and takes no octet from behind the head (of informational responses neither).
  task<void> read_head_exactly();

  /// Reads the body until it is whole, 64 KiB are there, two seconds have passed, or the stream or
  /// the caller's patience ends: a refusal is told in any case, with what has come of its text. So
  /// it throws nothing when it is cancelled either; nothing can be awaited after that.
  task<void> read_body();

  /// Status and fields.
  [[nodiscard]] const http::response& head() const noexcept { return parser_.response(); }
  http::response take() { return parser_.take(); }
  /// What came behind the response.
  [[nodiscard]] bytes_view rest() const noexcept { return unread_; }

 private:
  task<bytes_view> parse_more(std::size_t most);
  [[nodiscard]] bool needs_more_body() const noexcept;

  io::byte_stream& stream_;
  http::response_parser parser_;
  bytes_view unread_;
  std::size_t octets_ = 0;  // that were read
  bool is_broken_ = false;  // the body; the head tells enough
  std::array<std::byte, 4096> buffer_;
};

}  // namespace websock
