// How often which latency was measured: exact to less than one per cent, whatever the range.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace load {

/// Values in nanoseconds; an empty histogram has zeros.
struct percentiles {
  std::uint64_t p50 = 0;
  std::uint64_t p90 = 0;
  std::uint64_t p99 = 0;
  std::uint64_t p999 = 0;
  std::uint64_t p9999 = 0;
  std::uint64_t max = 0;
};

/// Counts values (nanoseconds) in buckets: one a value below 128, and above that 128 of the same width for
/// each power of two, so that none is wider than 1/128 of what it holds. Every 64-bit value has a bucket.
class histogram {
 public:
  histogram() : buckets_(bucket_count) {}

  void add(std::uint64_t value) noexcept {
    ++buckets_[bucket_of(value)];
    ++count_;
    sum_ += value;
    if (value > max_) max_ = value;
  }

  void merge(const histogram& other) noexcept;
  void clear() noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t max() const noexcept { return max_; }
  [[nodiscard]] double mean() const noexcept;

  /// The least value that at least `hundred_thousandths` / 100,000 of the values do not exceed, rounded up to
  /// the end of its bucket, and never above `max()`. 50,000 is the median. Zero when there is none.
  [[nodiscard]] std::uint64_t quantile(std::uint32_t hundred_thousandths) const noexcept;
  [[nodiscard]] percentiles summarize() const noexcept;

  static std::size_t bucket_of(std::uint64_t value) noexcept;
  /// The largest value of a bucket.
  static std::uint64_t end_of(std::size_t bucket) noexcept;

 private:
  static constexpr unsigned step_bits = 7;
  static constexpr std::uint64_t steps = 1U << step_bits;
  static constexpr std::size_t bucket_count = (64 - step_bits + 1) * steps;

  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace load
