#include "deflate.hpp"

#include <algorithm>
#include <new>

namespace broken {
namespace {

// Messages are as large as they are, and time is short.
constexpr int level = 1;
constexpr int memory_level = 8;

constexpr std::size_t largest_step = 64 * 1024;

// RFC 7692 section 7.2.1: "Remove 4 octets (that are 0x00 0x00 0xff 0xff) from the tail end." Section 7.2.2:
// "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end of the payload of the message."
constexpr std::byte tail[] = {std::byte{0x00}, std::byte{0x00}, std::byte{0xff}, std::byte{0xff}};

// zlib refuses a window of 2^8 here. With 2^9 it reaches back 512 - 262 octets at the most, which fits.
int zlib_window(int bits) noexcept { return -std::max(bits, 9); }

Bytef* to_zlib(const std::byte* octets) noexcept {
  return reinterpret_cast<Bytef*>(const_cast<std::byte*>(octets));
}

}  // namespace

compressor::compressor(int window_bits, bool takes_over) : takes_over_{takes_over} {
  if (deflateInit2(&stream_, level, Z_DEFLATED, zlib_window(window_bits), memory_level, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::bad_alloc{};
  }
}

bytes_view compressor::compress(bytes_view message) {
  output_.clear();
  if (message.empty()) {
    // Section 7.2.3.6: an empty block, of which the header is left.
    *output_.extend(1) = std::byte{0};
    return output_;
  }
  stream_.next_in = to_zlib(message.data());
  stream_.avail_in = static_cast<uInt>(message.size());
  do {
    const std::size_t room = std::size_t{stream_.avail_in} + stream_.avail_in / 8 + 64;
    stream_.next_out = to_zlib(output_.extend(room));
    stream_.avail_out = static_cast<uInt>(room);
    ::deflate(&stream_, Z_SYNC_FLUSH);
    output_.truncate(output_.size() - stream_.avail_out);
  } while (stream_.avail_out == 0);
  output_.truncate(output_.size() - sizeof tail);
  if (!takes_over_) deflateReset(&stream_);
  return output_;
}

decompressor::decompressor(int window_bits, bool takes_over) : takes_over_{takes_over} {
  if (inflateInit2(&stream_, -window_bits) != Z_OK) throw std::bad_alloc{};
}

decompressor::outcome decompressor::feed(bytes_view piece, byte_buffer& output, std::size_t limit) {
  stream_.next_in = to_zlib(piece.data());
  stream_.avail_in = static_cast<uInt>(piece.size());
  do {
    const int status = step(output);
    if (output.size() > limit) return outcome::too_big;
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) return outcome::invalid;
    // Section 7.2.3.4: a block may say that it is the last one; the message goes on behind it.
    if (status == Z_STREAM_END && stream_.avail_in > 0) inflateResetKeep(&stream_);
  } while (stream_.avail_in > 0 || stream_.avail_out == 0);
  return outcome::good;
}

int decompressor::step(byte_buffer& output) {
  stream_.next_out = to_zlib(output.extend(largest_step));
  stream_.avail_out = static_cast<uInt>(largest_step);
  const int status = ::inflate(&stream_, Z_SYNC_FLUSH);
  output.truncate(output.size() - stream_.avail_out);
  return status;
}

decompressor::outcome decompressor::finish(byte_buffer& output, std::size_t limit) {
  const outcome end = feed(tail, output, limit);
  if (end != outcome::good) return end;
  // zlib.h: 128 "if inflate() returned immediately after decoding an end-of-block code", plus the number of
  // unused bits. Anything else: the message was cut off.
  constexpr int at_block_boundary = 128;
  if (stream_.data_type != at_block_boundary) return outcome::invalid;
  if (!takes_over_) inflateReset(&stream_);
  return outcome::good;
}

}  // namespace broken
