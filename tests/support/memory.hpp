// How much memory the program holds.
#pragma once

#include <cstddef>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace websock::test {

/// Bytes that are allocated now, by `new` and by `malloc`; 0 where the C library does not say (then
/// a test of it proves nothing, and the sanitizers' runs are such).
inline std::size_t memory_in_use() noexcept {
#if defined(__GLIBC__)
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

/// What was allocated since its construction and is still held.
class memory_growth {
 public:
  [[nodiscard]] std::size_t bytes() const noexcept {
    const std::size_t now = memory_in_use();
    return now > before_ ? now - before_ : 0;
  }

 private:
  std::size_t before_ = memory_in_use();
};

}  // namespace websock::test
