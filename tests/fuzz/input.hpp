// The octets of a fuzz target's input, taken from the front as what they are to decide.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "websock/core/bytes.hpp"

namespace websock::test {

class fuzz_input {
 public:
  fuzz_input(const std::uint8_t* data, std::size_t size) noexcept
      : rest_{reinterpret_cast<const std::byte*>(data), size} {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

  /// 0 behind the end.
  std::uint8_t octet() noexcept {
    const bytes_view one = bytes(1);
    return one.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(one.front());
  }

  /// As many as there are, `count` at most.
  bytes_view bytes(std::size_t count) noexcept {
    const bytes_view taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

  bytes_view all_bytes() noexcept { return bytes(rest_.size()); }
  std::string_view all_text() noexcept { return as_text(all_bytes()); }

 private:
  bytes_view rest_;
};

/// Sizes of pieces from one octet: 0 is octet by octet, others are the seed and the bound of random sizes.
class splitter {
 public:
  explicit splitter(std::uint8_t seed) noexcept : random_{seed}, largest_{1U + seed} {}

  /// The next piece at the front of `rest`, which loses it.
  template <typename View>
  View next(View& rest) noexcept {
    random_ = random_ * 1664525U + 1013904223U;
    const std::size_t size = std::min<std::size_t>(rest.size(), 1 + (random_ >> 16U) % largest_);
    const View piece{rest.data(), size};
    rest = View{rest.data() + size, rest.size() - size};
    return piece;
  }

 private:
  std::uint32_t random_;
  std::uint32_t largest_;
};

}  // namespace websock::test
