// System calls that fail when the test says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace faults {

/// What the calls of all threads but the test's own are to say from the construction on.
struct call_plan {
  std::uint64_t seed = 1;
  /// So many of a hundred calls of `recv`, `send`, `sendmsg`, `accept4` and `epoll_wait` are interrupted, find
  /// nothing, or move one octet. The epoll set reports again what they leave, as the system would.
  unsigned soft_percent = 0;
  /// The calls of `recv`, `send` and `sendmsg` from this number on fail, in turn with these errors.
  std::size_t hard_from = 0;
  std::size_t hard_count = 1;
  std::vector<int> hard_errors = {};
  /// The first calls of `accept4` fail with these, one after the other.
  std::vector<int> accept_errors = {};
};

class failing_calls {
 public:
  explicit failing_calls(call_plan plan);
  failing_calls(const failing_calls&) = delete;
  failing_calls& operator=(const failing_calls&) = delete;
  ~failing_calls();

  [[nodiscard]] bool has_failed() const noexcept;  ///< a hard one, or one of accept
  [[nodiscard]] std::size_t soft_failures() const noexcept;
  [[nodiscard]] static std::size_t accept_calls() noexcept;
};

}  // namespace faults
