// permessage-deflate (RFC 7692): what an endpoint wants, and what two have agreed on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace websock::protocol {

/// Section 7.1: what two endpoints have agreed on. A window of 2^bits octets, 8 to 15.
struct deflate_parameters {
  bool server_no_context_takeover = false;  ///< the server forgets its window behind each message
  bool client_no_context_takeover = false;
  std::uint8_t server_max_window_bits = 15;
  std::uint8_t client_max_window_bits = 15;

  friend bool operator==(const deflate_parameters&, const deflate_parameters&) = default;
};

/// What an endpoint wants. A server agrees to the first of a client's offers that it can keep within
/// these; a client offers these, and takes any answer that keeps within its offer.
///
/// Memory of a session that compresses: about 2^(bits + 2) + 2^(memory_level + 9) bytes to compress
/// with and 2^bits + 7 KiB to inflate with, from the first message on that needs it. Without context
/// takeover a thread's sessions share one of each, and a session holds none.
struct deflate_options {
  deflate_parameters wanted{};  ///< the most that is wanted: smaller windows, more forgetting are agreed to
  int level = 6;  ///< zlib's: 1 is fast, 9 is small
  int memory_level = 8;  ///< zlib's: 1 to 9; at most window bits - 5 is used, since more is of no use there
  std::size_t threshold = 256;  ///< shorter messages are not compressed unless they are asked to be

  friend bool operator==(const deflate_options&, const deflate_options&) = default;
};

/// Whether all window bits are in their range.
[[nodiscard]] constexpr bool is_valid(const deflate_parameters& parameters) noexcept {
  return parameters.server_max_window_bits >= 8 && parameters.server_max_window_bits <= 15 &&
         parameters.client_max_window_bits >= 8 && parameters.client_max_window_bits <= 15;
}

/// Whether all values are in their ranges.
[[nodiscard]] constexpr bool is_valid(const deflate_options& options) noexcept {
  return is_valid(options.wanted) && options.level >= 1 && options.level <= 9 && options.memory_level >= 1 &&
         options.memory_level <= 9;
}

}  // namespace websock::protocol
