#include "faults/failing_memory.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

// The linker sends the calls of this program and its static libraries here (`--wrap`).
extern "C" {
void* __real_aligned_alloc(std::size_t alignment, std::size_t size);
void* __real_malloc(std::size_t size);
void* __real_realloc(void* block, std::size_t size);
}

namespace faults {
namespace {

std::atomic<long> first_failing{0};  // 0: none
std::atomic<long> behind_failing{0};
std::atomic<long> allocations{0};
std::atomic<bool> hits_others{true};
thread_local constinit bool is_test_thread = false;
thread_local constinit bool is_spared = false;

bool fails_now() noexcept {
  const long first = first_failing.load(std::memory_order_relaxed);
  if (first == 0 || is_spared || is_test_thread == hits_others.load(std::memory_order_relaxed)) return false;
  const long number = allocations.fetch_add(1, std::memory_order_relaxed) + 1;
  return number >= first && number < behind_failing.load(std::memory_order_relaxed);
}

void* allocate(std::size_t size) {
  void* const block = fails_now() ? nullptr : __real_malloc(size == 0 ? 1 : size);
  if (block == nullptr) throw std::bad_alloc{};
  return block;
}

void* allocate(std::size_t size, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  void* const block = fails_now() ? nullptr : __real_aligned_alloc(align, (size + align - 1) / align * align);
  if (block == nullptr) throw std::bad_alloc{};
  return block;
}

}  // namespace

failing_memory::failing_memory(threads which, std::size_t first, std::size_t count) {
  is_test_thread = true;
  allocations = 0;
  hits_others = which == threads::others;
  behind_failing = static_cast<long>(first + count);
  first_failing = static_cast<long>(first);
}

failing_memory::~failing_memory() {
  first_failing = 0;
  is_test_thread = false;
}

bool failing_memory::has_failed() const noexcept { return allocations >= first_failing; }

enough_memory::enough_memory() noexcept : before_{is_spared} { is_spared = true; }
enough_memory::~enough_memory() { is_spared = before_; }

}  // namespace faults

extern "C" {
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) {
  return faults::fails_now() ? nullptr : __real_aligned_alloc(alignment, size);
}
void* __wrap_malloc(std::size_t size) { return faults::fails_now() ? nullptr : __real_malloc(size); }
void* __wrap_realloc(void* block, std::size_t size) {
  return faults::fails_now() ? nullptr : __real_realloc(block, size);
}
}

void* operator new(std::size_t size) { return faults::allocate(size); }
void* operator new[](std::size_t size) { return faults::allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return __wrap_malloc(size == 0 ? 1 : size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return __wrap_malloc(size == 0 ? 1 : size);
}
void* operator new(std::size_t size, std::align_val_t alignment) { return faults::allocate(size, alignment); }
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return faults::allocate(size, alignment);
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }
void operator delete(void* block, std::align_val_t) noexcept { std::free(block); }
void operator delete[](void* block, std::align_val_t) noexcept { std::free(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept { std::free(block); }
