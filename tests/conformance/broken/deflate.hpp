// permessage-deflate (RFC 7692), whole messages at a time.
#pragma once

#include <zlib.h>

#include <cstddef>

#include "websock/core/byte_buffer.hpp"
#include "websock/core/bytes.hpp"

namespace broken {

using websock::byte_buffer;
using websock::bytes_view;

/// One direction: what we send. Throws `std::bad_alloc`.
class compressor {
 public:
  compressor(int window_bits, bool takes_over);
  compressor(const compressor&) = delete;
  compressor& operator=(const compressor&) = delete;
  ~compressor() { deflateEnd(&stream_); }

  /// A whole message; valid until the next call.
  bytes_view compress(bytes_view message);

 private:
  z_stream stream_{};
  bool takes_over_;
  byte_buffer output_;
};

/// The other one.
class decompressor {
 public:
  decompressor(int window_bits, bool takes_over);
  decompressor(const decompressor&) = delete;
  decompressor& operator=(const decompressor&) = delete;
  ~decompressor() { inflateEnd(&stream_); }

  enum class outcome { good, invalid, too_big };

  /// Appends what the next octets of a message become, up to `limit` in all.
  outcome feed(bytes_view piece, byte_buffer& output, std::size_t limit);
  /// The message ends here; it may have something left to say.
  outcome finish(byte_buffer& output, std::size_t limit);

 private:
  int step(byte_buffer& output);

  z_stream stream_{};
  bool takes_over_;
};

}  // namespace broken
