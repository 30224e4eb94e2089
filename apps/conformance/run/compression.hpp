// permessage-deflate as the runner speaks it, with zlib: on its own, not by the library under test.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace conformance {

/// One direction: the window of whoever sends.
struct deflate_direction {
  std::uint8_t window_bits = 15;
  bool takeover = true;

  auto operator<=>(const deflate_direction&) const = default;
};

class message_deflater {
 public:
  explicit message_deflater(const deflate_direction& wanted);
  ~message_deflater();
  message_deflater(const message_deflater&) = delete;
  message_deflater& operator=(const message_deflater&) = delete;

  /// What the message becomes (RFC 7692 section 7.2.1).
  std::string compress(std::string_view message);
  /// The next message refers to none before it. A sender may do that at any time.
  void forget() noexcept;

 private:
  z_stream stream_{};
  deflate_direction wanted_;
};

/// Strict about the window: a reference beyond it (by more than a sixteenth) is found.
class message_inflater {
 public:
  explicit message_inflater(const deflate_direction& agreed);
  ~message_inflater();
  message_inflater(const message_inflater&) = delete;
  message_inflater& operator=(const message_inflater&) = delete;

  /// The message; nothing: this is no DEFLATE, or refers to what is not in the window.
  std::optional<std::string> inflate(std::string compressed);

 private:
  z_stream stream_{};
  deflate_direction agreed_;
  std::size_t piece_;  // octets made at a time
};

/// The messages of one size that a content is cut into, compressed one behind the other. None refers to
/// more than those before it in the lap, so the same octets do for each lap, and for each connection.
using compressed_lap = std::shared_ptr<const std::vector<std::string>>;

/// Made at the first call, and kept. Any thread. `size` divides `content_size`.
compressed_lap lap_of(const std::string& content, std::uint64_t size, const deflate_direction& wanted);

}  // namespace conformance
