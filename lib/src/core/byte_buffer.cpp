#include "websock/core/byte_buffer.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <new>

namespace websock {
namespace {

// Blocks of 64 B, 128 B ... 64 KiB are kept for the next buffer, up to `kept_bytes` of each size.
constexpr std::size_t smallest_shift = 6;
constexpr std::size_t largest_shift = 16;
constexpr std::size_t kept_bytes = 128 * 1024;
constexpr std::size_t kept_blocks = 64;

struct free_block {
  free_block* next;
};

struct size_class {
  free_block* head = nullptr;
  std::size_t count = 0;
};

constexpr std::size_t class_of(std::size_t capacity) noexcept {
  return static_cast<std::size_t>(std::countr_zero(capacity)) - smallest_shift;
}

// AddressSanitizer sees a use after free only where memory really is freed.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool recycles = false;
#elif defined(__has_feature)
constexpr bool recycles = !__has_feature(address_sanitizer);
#else
constexpr bool recycles = true;
#endif

constexpr bool is_cached_size(std::size_t capacity) noexcept {
  return recycles && capacity <= (std::size_t{1} << largest_shift);
}

// Plain data, so that it needs no construction; what is left at the end of a thread is freed by
// `cache_owner`, after which nothing is kept any more.
constexpr std::size_t class_count = largest_shift - smallest_shift + 1;
struct cache {
  std::array<size_class, class_count> classes;
  bool begun;  // its owner is there, who frees what is left
  bool ended;
};
thread_local constinit cache blocks{};

constexpr auto kept_counts = [] {
  std::array<std::size_t, class_count> counts{};
  for (std::size_t i = 0; i < class_count; ++i)
    counts[i] = std::min(kept_bytes >> (i + smallest_shift), kept_blocks);
  return counts;
}();

struct cache_owner {
  ~cache_owner() {
    blocks.begun = false;
    blocks.ended = true;
    for (auto& list : blocks.classes) {
      while (list.head != nullptr) std::free(std::exchange(list.head, list.head->next));
    }
  }
};

std::byte* take_kept(std::size_t index) noexcept {
  auto& list = blocks.classes[index];
  if (list.head == nullptr) return nullptr;
  --list.count;
  return reinterpret_cast<std::byte*>(std::exchange(list.head, list.head->next));
}

std::byte* allocate(std::size_t capacity) {
  if (is_cached_size(capacity)) {
    if (auto* const kept = take_kept(class_of(capacity))) return kept;
  }
  auto* const block = static_cast<std::byte*>(std::malloc(capacity));
  if (block == nullptr) throw std::bad_alloc{};
  return block;
}

[[gnu::noinline]] void begin_cache() {
  thread_local const cache_owner owner;
  blocks.begun = !blocks.ended;
}

void deallocate(std::byte* block, std::size_t capacity) noexcept {
  if (is_cached_size(capacity)) {
    if (!blocks.begun) [[unlikely]]
      begin_cache();
    const std::size_t index = class_of(capacity);
    auto& list = blocks.classes[index];
    if (blocks.begun && list.count < kept_counts[index]) [[likely]] {
      ++list.count;
      list.head = ::new (block) free_block{list.head};
      return;
    }
  }
  std::free(block);
}

}  // namespace

void byte_buffer::release() noexcept {
  if (data_ != nullptr) deallocate(data_, capacity_);
  data_ = nullptr;
  size_ = capacity_ = 0;
}

void byte_buffer::grow(std::size_t needed) {
  if (data_ == nullptr && is_cached_size(needed)) [[likely]] {
    const auto index = static_cast<std::size_t>(std::bit_width((needed - 1) >> smallest_shift));
    data_ = take_kept(index);
    if (data_ != nullptr) [[likely]] {
      capacity_ = std::size_t{1} << (index + smallest_shift);
      return;
    }
  }
  grow_more(needed);
}

void byte_buffer::grow_more(std::size_t needed) {
  constexpr std::size_t largest = std::size_t{1} << (sizeof(std::size_t) * 8 - 2);
  if (needed > largest) throw std::bad_alloc{};
  needed = std::max({needed, capacity_ * 2, std::size_t{1} << smallest_shift});
  if (is_cached_size(needed)) needed = std::bit_ceil(needed);
  if (data_ != nullptr && !is_cached_size(capacity_)) {  // large: the system may move pages
    auto* const moved = static_cast<std::byte*>(std::realloc(data_, needed));
    if (moved == nullptr) throw std::bad_alloc{};
    data_ = moved;
  } else {
    std::byte* const block = allocate(needed);
    if (size_ != 0) std::memcpy(block, data_, size_);
    if (data_ != nullptr) deallocate(data_, capacity_);
    data_ = block;
  }
  capacity_ = needed;
}

}  // namespace websock
