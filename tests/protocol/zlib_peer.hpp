// The other end of permessage-deflate as plain zlib, knowing none of our code.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace websock::protocol::testing {

/// 00 00 FF FF: RFC 7692 section 7.2.1.
inline const std::string deflate_tail{"\x00\x00\xFF\xFF", 4};

/// Compresses messages, one behind the other.
class zlib_deflater {
 public:
  explicit zlib_deflater(int window_bits = 15, int level = 6) {
    REQUIRE(deflateInit2(&stream_, level, Z_DEFLATED, -window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  }
  ~zlib_deflater() { deflateEnd(&stream_); }
  zlib_deflater(const zlib_deflater&) = delete;
  zlib_deflater& operator=(const zlib_deflater&) = delete;

  /// All of it, flushed in zlib's way (Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_BLOCK, Z_FINISH).
  std::string add(std::string_view piece, int flush) {
    std::string result;
    char room[1000];
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(room);
      stream_.avail_out = sizeof room;
      deflate(&stream_, flush);
      result.append(room, sizeof room - stream_.avail_out);
    } while (stream_.avail_out == 0);
    return result;
  }

  /// The payload of a message.
  std::string message(std::string_view content) {
    std::string result = add(content, Z_SYNC_FLUSH);
    if (result.empty()) return std::string(1, '\0');
    REQUIRE(result.ends_with(deflate_tail));
    result.resize(result.size() - deflate_tail.size());
    return result;
  }

  void reset() { deflateReset(&stream_); }

 private:
  z_stream stream_{};
};

/// Inflates octet by octet, so that nothing but the window remembers what came: who refers further back
/// than that is found out.
class zlib_inflater {
 public:
  explicit zlib_inflater(int window_bits = 15) { REQUIRE(inflateInit2(&stream_, -window_bits) == Z_OK); }
  ~zlib_inflater() { inflateEnd(&stream_); }
  zlib_inflater(const zlib_inflater&) = delete;
  zlib_inflater& operator=(const zlib_inflater&) = delete;

  std::string add(std::string_view compressed) {
    std::string result;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
    stream_.avail_in = static_cast<uInt>(compressed.size());
    do {
      char octet = 0;
      stream_.next_out = reinterpret_cast<Bytef*>(&octet);
      stream_.avail_out = 1;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      INFO((stream_.msg != nullptr ? stream_.msg : ""));
      REQUIRE((status == Z_OK || status == Z_BUF_ERROR));
      if (stream_.avail_out == 0) result += octet;
    } while (stream_.avail_out == 0);
    REQUIRE(stream_.avail_in == 0);
    return result;
  }

  std::string message(std::string_view payload) { return add(std::string{payload} + deflate_tail); }

  void reset() { inflateReset(&stream_); }

 private:
  z_stream stream_{};
};

}  // namespace websock::protocol::testing
