// How much memory the program holds, under clang's AddressSanitizer, as the fuzzers are built; 0 elsewhere: a thread keeps
// blocks at hand there, and g++ has no header for it.
#pragma once

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WEBSOCK_UNDER_ASAN
#endif
#endif
#ifdef WEBSOCK_UNDER_ASAN
#include <sanitizer/allocator_interface.h>
#endif

namespace websock::test {

inline std::size_t held_memory() noexcept {
#ifdef WEBSOCK_UNDER_ASAN
  return __sanitizer_get_current_allocated_bytes();
#else
  return 0;
#endif
}

}  // namespace websock::test
