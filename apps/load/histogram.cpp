#include "histogram.hpp"

#include <algorithm>
#include <bit>
#include <functional>

namespace load {
namespace {

constexpr std::uint64_t whole = 100'000;

}  // namespace

// The highest bits of the value: where its leading one is, and the `step_bits` behind that.
std::size_t histogram::bucket_of(std::uint64_t value) noexcept {
  if (value < steps) return static_cast<std::size_t>(value);
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - step_bits - 1;
  return static_cast<std::size_t>(((shift + 1) << step_bits) + ((value >> shift) & (steps - 1)));
}

std::uint64_t histogram::end_of(std::size_t bucket) noexcept {
  if (bucket < steps) return bucket;
  const auto shift = static_cast<unsigned>(bucket >> step_bits) - 1;
  const std::uint64_t start = (steps | (bucket & (steps - 1))) << shift;
  return start + ((std::uint64_t{1} << shift) - 1);
}

void histogram::merge(const histogram& other) noexcept {
  std::ranges::transform(buckets_, other.buckets_, buckets_.begin(), std::plus{});
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

void histogram::clear() noexcept {
  std::ranges::fill(buckets_, 0U);
  count_ = sum_ = max_ = 0;
}

double histogram::mean() const noexcept {
  return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

std::uint64_t histogram::quantile(std::uint32_t hundred_thousandths) const noexcept {
  if (count_ == 0) return 0;
  const std::uint64_t rank = std::max<std::uint64_t>(1, (count_ * hundred_thousandths + whole - 1) / whole);
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= rank) return std::min(end_of(bucket), max_);
  }
  return max_;
}

percentiles histogram::summarize() const noexcept {
  return {quantile(50'000), quantile(90'000), quantile(99'000), quantile(99'900), quantile(99'990), max_};
}

}  // namespace load
