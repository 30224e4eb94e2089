// How much may happen a second.
#pragma once

#include <algorithm>
#include <cstdint>

#include "websock/core/clock.hpp"

namespace websock {

/// `per_second` on average, and `burst` at once after a time of quiet.
struct rate_limit {
  std::uint64_t per_second = 1;  ///< at least 1; what is over a thousand million is no limit
  std::uint64_t burst = 0;       ///< 0: what a second may have

  friend bool operator==(const rate_limit&, const rate_limit&) = default;
};

/// A token bucket: full at first, holds `burst` tokens, and gets `per_second` of them. It keeps the time at which
/// it will be full again, which says how many it holds.
class token_bucket {
 public:
  using clock = std::chrono::steady_clock;

  /// Takes a token. False: there is none.
  bool take(const rate_limit& limit, clock::time_point now) noexcept {
    constexpr std::uint64_t most = 1'000'000'000;
    const std::uint64_t rate = std::clamp<std::uint64_t>(limit.per_second, 1, most);
    const auto burst = static_cast<std::int64_t>(limit.burst == 0 ? rate : std::min(limit.burst, most));
    const std::chrono::nanoseconds for_one{most / rate};
    const auto full_at = std::max(full_at_, now) + for_one;
    if (full_at > now + for_one * burst) return false;
    full_at_ = full_at;
    return true;
  }

 private:
  clock::time_point full_at_ = clock::time_point::min();
};

}  // namespace websock
