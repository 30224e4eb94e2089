// A growable run of bytes that is not zeroed, and whose small blocks are recycled per thread.
#pragma once

#include <cstddef>
#include <cstring>
#include <utility>

#include "websock/core/bytes.hpp"

namespace websock {

/// Owns bytes. Unlike `std::vector`, growing leaves the new bytes uninitialised, and blocks of up
/// to 64 KiB come from and go to a small cache of the current thread, so that a steady stream of
/// messages allocates nothing. An empty buffer owns no memory. Not copyable: copies are explicit.
///
/// A buffer may be destroyed on another thread than the one that filled it.
class byte_buffer {
 public:
  byte_buffer() noexcept = default;
  explicit byte_buffer(bytes_view content) { append(content); }
  byte_buffer(byte_buffer&& other) noexcept
      : data_{std::exchange(other.data_, nullptr)},
        size_{std::exchange(other.size_, 0)},
        capacity_{std::exchange(other.capacity_, 0)} {}
  byte_buffer& operator=(byte_buffer&& other) noexcept {
    byte_buffer taken{std::move(other)};
    swap(taken);
    return *this;
  }
  ~byte_buffer() {
    if (data_ != nullptr) release();
  }

  [[nodiscard]] std::byte* data() noexcept { return data_; }
  [[nodiscard]] const std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] bytes_view view() const noexcept { return {data_, size_}; }
  operator bytes_view() const noexcept { return view(); }  // NOLINT: a buffer is a view's owner

  /// Makes room for `capacity` bytes in all. Throws `std::bad_alloc`.
  void reserve(std::size_t capacity) {
    if (capacity > capacity_) grow(capacity);
  }

  /// Adds `count` uninitialised bytes at the end and returns where they start.
  std::byte* extend(std::size_t count) {
    if (count > capacity_ - size_) grow(size_ + count);
    std::byte* const start = data_ + size_;
    size_ += count;
    return start;
  }

  void append(bytes_view bytes) {
    if (!bytes.empty()) std::memcpy(extend(bytes.size()), bytes.data(), bytes.size());
  }

  /// Cuts the content to `size` bytes, which must not be more than there are.
  void truncate(std::size_t size) noexcept { size_ = size; }

  /// Forgets the content and keeps the memory.
  void clear() noexcept { size_ = 0; }

  /// Forgets the content and gives the memory back.
  void release() noexcept;

  void swap(byte_buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

 private:
  void grow(std::size_t needed);  // at least doubles, keeps the content
  void grow_more(std::size_t needed);

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace websock
