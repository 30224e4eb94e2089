#include "run/compression.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <new>
#include <tuple>

#include "script/content.hpp"

namespace conformance {
namespace {

constexpr int level = 6;

// A hash table far larger than the window is moved with it all the time.
int memory_level(const deflate_direction& wanted) noexcept { return std::min(8, wanted.window_bits - 4); }

constexpr std::size_t tail_octets = 4;  // 00 00 ff ff: the end of a flush, which is not sent

// zlib makes no raw stream of 8 bits. With 9 it refers at most 512 - 262 = 250 octets back, which fits.
int deflate_bits(const deflate_direction& wanted) noexcept { return -std::max<int>(wanted.window_bits, 9); }

void give(z_stream& stream, std::string_view input) noexcept {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));  // zlib does not write to it
  stream.avail_in = static_cast<uInt>(input.size());
}

// Makes room for `count` octets behind what there is.
void take(z_stream& stream, std::string& output, std::size_t count) {
  const std::size_t before = output.size();
  output.resize(before + count);
  stream.next_out = reinterpret_cast<Bytef*>(output.data() + before);
  stream.avail_out = static_cast<uInt>(count);
}

}  // namespace

message_deflater::message_deflater(const deflate_direction& wanted) : wanted_{wanted} {
  if (::deflateInit2(&stream_, level, Z_DEFLATED, deflate_bits(wanted), memory_level(wanted),
                     Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc{};
  }
}

message_deflater::~message_deflater() { ::deflateEnd(&stream_); }

std::string message_deflater::compress(std::string_view message) {
  // Section 7.2.3.6: a message that is empty is one octet, of a stored block without its tail.
  if (message.empty()) return std::string(1, '\0');
  std::string output;
  give(stream_, message);
  do {
    take(stream_, output, message.size() / 4 + 64);
    ::deflate(&stream_, Z_SYNC_FLUSH);
    output.resize(output.size() - stream_.avail_out);
  } while (stream_.avail_in != 0 || stream_.avail_out == 0);
  output.resize(output.size() - tail_octets);
  if (!wanted_.takeover) forget();
  return output;
}

void message_deflater::forget() noexcept { ::deflateReset(&stream_); }

message_inflater::message_inflater(const deflate_direction& agreed) : agreed_{agreed} {
  if (::inflateInit2(&stream_, -static_cast<int>(agreed.window_bits)) != Z_OK) throw std::bad_alloc{};
  // zlib takes a reference into what one call has made, however far back. Small calls keep it to the window.
  const std::size_t window = std::size_t{1} << agreed.window_bits;
  piece_ = agreed.window_bits == 15 ? 256 * 1024 : window / 16;
}

message_inflater::~message_inflater() { ::inflateEnd(&stream_); }

std::optional<std::string> message_inflater::inflate(std::string compressed) {
  compressed.append("\x00\x00\xff\xff", tail_octets);
  std::string output;
  std::size_t size = 0;
  bool is_whole = false;  // the octets so far end with a block
  give(stream_, compressed);
  while (true) {
    if (output.size() - size < piece_) output.resize(std::max(size + piece_, 2 * size));
    stream_.next_out = reinterpret_cast<Bytef*>(output.data() + size);
    stream_.avail_out = static_cast<uInt>(piece_);
    const int result = ::inflate(&stream_, Z_SYNC_FLUSH);
    size += piece_ - stream_.avail_out;
    if (result == Z_OK) is_whole = (stream_.data_type & 128) != 0;
    // Section 7.2.3.4: a block with BFINAL set ends a stream; the next octets are another one's.
    if (result == Z_STREAM_END) {
      ::inflateResetKeep(&stream_);
      is_whole = true;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      return std::nullopt;
    }
    if (stream_.avail_in == 0 && stream_.avail_out != 0) break;
    if (result == Z_BUF_ERROR && stream_.avail_out != 0) return std::nullopt;
  }
  if (!is_whole) return std::nullopt;
  output.resize(size);
  if (!agreed_.takeover) ::inflateReset(&stream_);
  return output;
}

compressed_lap lap_of(const std::string& name, std::uint64_t size, const deflate_direction& wanted) {
  using key = std::tuple<std::string, std::uint64_t, deflate_direction>;
  static std::mutex mutex;
  static std::map<key, compressed_lap> made;
  const std::lock_guard lock{mutex};
  compressed_lap& lap = made[key{name, size, wanted}];
  if (lap) return lap;
  message_deflater deflater{wanted};
  const std::string_view whole = content(name);
  auto messages = std::make_shared<std::vector<std::string>>();
  for (std::size_t at = 0; at < whole.size(); at += size)
    messages->push_back(deflater.compress(whole.substr(at, size)));
  lap = std::move(messages);
  return lap;
}

}  // namespace conformance
