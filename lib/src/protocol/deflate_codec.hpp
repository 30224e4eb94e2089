// DEFLATE (RFC 1951) as permessage-deflate needs it: streams that are flushed, never finished, and that
// may forget their window. The one place that knows the library behind it.
#pragma once

#include <zlib.h>

#include <cstdint>

#include "websock/core/byte_buffer.hpp"
#include "websock/core/bytes.hpp"

namespace websock::protocol {

/// Compresses; holds a window and tables, together up to 260 KiB.
class deflater {
 public:
  struct settings {
    std::uint8_t window_bits = 15;  ///< 8 to 15
    std::uint8_t level = 6;         ///< 1 to 9
    std::uint8_t memory_level = 8;  ///< 1 to 9

    bool operator==(const settings&) const = default;
  };

  /// Throws `std::bad_alloc`; the settings are within their bounds.
  explicit deflater(const settings& wanted);
  ~deflater();
  deflater(const deflater&) = delete;
  deflater& operator=(const deflater&) = delete;

  /// Adds to `output` what the payload becomes (RFC 7692 section 7.2.1), to the boundary of an octet. It is
  /// the end of a message (`fin`), or a fragment before it.
  void compress(bytes_view payload, bool fin, byte_buffer& output);

  /// Forgets the window.
  void reset() noexcept;

  [[nodiscard]] const settings& made_with() const noexcept { return made_with_; }

 private:
  void flush(bytes_view input, byte_buffer& output);
  void compress_piece(bytes_view piece, int how, byte_buffer& output);

  z_stream stream_{};
  settings made_with_;
};

/// Decompresses; holds a window, and 7 KiB.
class inflater {
 public:
  struct settings {
    std::uint8_t window_bits = 15;  ///< 8 to 15

    bool operator==(const settings&) const = default;
  };

  /// Throws `std::bad_alloc`; the settings are within their bounds.
  explicit inflater(const settings& wanted);
  ~inflater();
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;

  struct inflated {
    std::size_t size = 0;  ///< octets that are in `output` now
    bool is_valid = true;  ///< false: this is no DEFLATE
  };

  /// Takes octets from the front of `input` until it is empty or `output`, which is not, is full. Behind a
  /// block with BFINAL set a new stream begins, with the window kept. When the output is full there may
  /// be more to come, also when the input is empty. Throws `std::bad_alloc`.
  inflated inflate(bytes_view& input, mutable_bytes output);

  /// What was taken ends with a whole block that ends with its octet.
  [[nodiscard]] bool is_at_block_boundary() const noexcept { return at_block_boundary_; }
  /// The last octet that was taken ended a block with BFINAL set.
  [[nodiscard]] bool is_at_end_of_stream() const noexcept { return at_end_of_stream_; }

  /// Forgets the window and what came.
  void reset() noexcept;

  [[nodiscard]] const settings& made_with() const noexcept { return made_with_; }

 private:
  int inflate_stream(bytes_view& input);

  z_stream stream_{};
  settings made_with_;
  bool at_block_boundary_ = false;
  bool at_end_of_stream_ = false;
};

}  // namespace websock::protocol
