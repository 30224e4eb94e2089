// Memory that runs out when the test says so.
#pragma once

#include <cstddef>

namespace faults {

/// From its construction on, the allocations number `first` to `first + count - 1` of the chosen threads fail: those
/// by `operator new` (and so by all of the standard library), and Asio's and the buffers' own.
class failing_memory {
 public:
  enum class threads : bool { others, this_one };

  failing_memory(threads which, std::size_t first, std::size_t count);
  failing_memory(const failing_memory&) = delete;
  failing_memory& operator=(const failing_memory&) = delete;
  ~failing_memory();

  /// Whether any has failed.
  [[nodiscard]] bool has_failed() const noexcept;
};

/// The calling thread allocates as usual meanwhile: for the test's own bookkeeping.
class enough_memory {
 public:
  enough_memory() noexcept;
  enough_memory(const enough_memory&) = delete;
  enough_memory& operator=(const enough_memory&) = delete;
  ~enough_memory();

 private:
  bool before_;
};

}  // namespace faults
