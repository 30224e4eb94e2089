#include "deflate_codec.hpp"

#include <algorithm>
#include <new>

namespace websock::protocol {
namespace {

// zlib counts in 32 bits.
constexpr std::size_t largest_piece = std::size_t{1} << 30;

// What a flush ends with.
constexpr std::size_t tail_size = 4;

// One step of output.
constexpr std::size_t largest_step = 64 * 1024;

// zlib's deflate cannot do a window of 2^8 without a zlib head (it says so: Z_STREAM_ERROR). With 2^9 it
// never refers further back than its MAX_DIST, the window less MIN_LOOKAHEAD = 262 octets: 250, which is
// within a window of 2^8.
int window_for_deflate(int bits) noexcept { return std::max(bits, 9); }

// The hash table has 2^(level + 7) places, and all of them are looked at whenever the window moves on: a table far
// larger than the window costs many times what it finds.
int memory_for_deflate(const deflater::settings& wanted) noexcept {
  return std::min<int>(wanted.memory_level, window_for_deflate(wanted.window_bits) - 5);
}

// zlib's input is not const, but is not written.
Bytef* to_zlib(const std::byte* from) noexcept {
  return reinterpret_cast<Bytef*>(const_cast<std::byte*>(from));
}

bool is_progress(int status) noexcept { return status == Z_OK || status == Z_STREAM_END; }

// zlib.h, inflate(): "The encoding of data_type is: the number of unused bits in the last byte taken from
// strm->next_in [...] plus 128 if inflate() returned immediately after decoding an end-of-block code".
bool is_after_block(int data_type) noexcept {
  constexpr int end_of_block = 128;
  constexpr int unused_bits = 63;
  return (data_type & end_of_block) != 0 && (data_type & unused_bits) == 0;
}

}  // namespace

// --- Compressing -------------------------------------------------------------------------------

deflater::deflater(const settings& wanted) : made_with_{wanted} {
  // A negative number of bits: without zlib's head and checksum.
  if (deflateInit2(&stream_, wanted.level, Z_DEFLATED, -window_for_deflate(wanted.window_bits),
                   memory_for_deflate(wanted), Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc{};
  }
}

deflater::~deflater() { deflateEnd(&stream_); }

void deflater::compress(bytes_view payload, bool fin, byte_buffer& output) {
  if (!payload.empty()) flush(payload, output);
  if (!fin) return;
  // 7.2.1: "Remove 4 octets (that are 0x00 0x00 0xff 0xff) from the tail end." Of an empty block without
  // compression, which is what nothing becomes (7.2.3.6), that leaves one octet.
  if (payload.empty()) {
    *output.extend(1) = std::byte{0};
  } else {
    output.truncate(output.size() - tail_size);
  }
}

// Ends with an empty block without compression.
void deflater::flush(bytes_view input, byte_buffer& output) {
  for (; input.size() > largest_piece; input = input.subspan(largest_piece)) {
    compress_piece(input.first(largest_piece), Z_NO_FLUSH, output);
  }
  compress_piece(input, Z_SYNC_FLUSH, output);
}

// zlib has done all when it leaves room. The first step has room for all that a message of a usual size can
// become: should the output end exactly with its room, then zlib is asked once more and adds another
// empty block, which does no harm.
void deflater::compress_piece(bytes_view piece, int how, byte_buffer& output) {
  stream_.next_in = to_zlib(piece.data());
  stream_.avail_in = static_cast<uInt>(piece.size());
  do {
    const std::size_t left = stream_.avail_in;
    const std::size_t room = std::min(left + left / 8 + 64, largest_step);
    stream_.next_out = to_zlib(output.extend(room));
    stream_.avail_out = static_cast<uInt>(room);
    ::deflate(&stream_, how);
    output.truncate(output.size() - stream_.avail_out);
  } while (stream_.avail_out == 0);
}

void deflater::reset() noexcept { deflateReset(&stream_); }

// --- Decompressing -----------------------------------------------------------------------------

inflater::inflater(const settings& wanted) : made_with_{wanted} {
  if (inflateInit2(&stream_, -int{wanted.window_bits}) != Z_OK) throw std::bad_alloc{};
}

inflater::~inflater() { inflateEnd(&stream_); }

inflater::inflated inflater::inflate(bytes_view& input, mutable_bytes output) {
  const auto room = static_cast<uInt>(std::min(output.size(), largest_piece));
  stream_.next_out = to_zlib(output.data());
  stream_.avail_out = room;
  int status = Z_OK;
  do {
    status = inflate_stream(input);
  } while (is_progress(status) && !input.empty() && stream_.avail_out != 0);
  if (status == Z_MEM_ERROR) throw std::bad_alloc{};
  // Z_BUF_ERROR: "no progress was possible", since no input is left and all output is made.
  return {room - stream_.avail_out, is_progress(status) || status == Z_BUF_ERROR};
}

// To the end of the input, of the room, or of the stream.
int inflater::inflate_stream(bytes_view& input) {
  if (at_end_of_stream_ && !input.empty()) inflateResetKeep(&stream_);  // all but the window
  const auto given = static_cast<uInt>(std::min(input.size(), largest_piece));
  stream_.next_in = to_zlib(input.data());
  stream_.avail_in = given;
  const int status = ::inflate(&stream_, Z_SYNC_FLUSH);
  input = input.subspan(given - stream_.avail_in);
  if (is_progress(status)) {
    at_end_of_stream_ = status == Z_STREAM_END;
    at_block_boundary_ = at_end_of_stream_ || is_after_block(stream_.data_type);
  }
  return status;
}

void inflater::reset() noexcept {
  inflateReset(&stream_);
  at_block_boundary_ = at_end_of_stream_ = false;
}

}  // namespace websock::protocol
