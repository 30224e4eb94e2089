// Every value has a bucket that is narrow enough, and quantiles are those of the values.
#include "histogram.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "support/catch.hpp"

using load::histogram;

namespace {

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

histogram of(const std::vector<std::uint64_t>& values) {
  histogram made;
  for (const auto value : values) made.add(value);
  return made;
}

// The definition: the least of the values that enough of them do not exceed.
std::uint64_t exact(std::vector<std::uint64_t> values, std::uint64_t hundred_thousandths) {
  std::ranges::sort(values);
  const auto rank = (values.size() * hundred_thousandths + 99'999) / 100'000;
  return values[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

TEST_CASE("no bucket is wider than one per cent of its values") {
  for (std::uint64_t value = 1; value < largest / 3; value += value / 50 + 1) {
    const auto bucket = histogram::bucket_of(value);
    const auto end = histogram::end_of(bucket);
    CAPTURE(value, bucket, end);
    REQUIRE(end >= value);
    REQUIRE(static_cast<double>(end - value) <= static_cast<double>(value) * 0.01);
    REQUIRE(histogram::bucket_of(end) == bucket);
    REQUIRE(histogram::bucket_of(end + 1) == bucket + 1);
  }
}

TEST_CASE("the largest value has a bucket, and zero has one of its own") {
  CHECK(histogram::end_of(histogram::bucket_of(largest)) == largest);
  CHECK(histogram::end_of(histogram::bucket_of(0)) == 0);
  CHECK(of({largest}).quantile(50'000) == largest);
}

TEST_CASE("small values are exact") {
  for (std::uint64_t value = 0; value < 128; ++value)
    CHECK(histogram::end_of(histogram::bucket_of(value)) == value);
  CHECK(of({1, 2, 3, 4, 5}).quantile(50'000) == 3);
}

TEST_CASE("an empty histogram has zeros") {
  const histogram none;
  CHECK(none.count() == 0);
  CHECK(none.mean() == 0);
  CHECK(none.summarize().p9999 == 0);
}

TEST_CASE("a quantile counts ranks exactly") {
  std::vector<std::uint64_t> values(1000, 10);
  values.back() = 100;
  CHECK(of(values).quantile(99'900) == 10);
  CHECK(of(values).quantile(99'990) == 100);
  values[0] = 100;
  CHECK(of(values).quantile(99'900) == 100);
  CHECK(of(values).quantile(0) == 10);
}

TEST_CASE("quantiles are at most one per cent above those of the values, and never above the largest") {
  std::mt19937_64 random{7};
  std::lognormal_distribution<double> latency{11, 2};
  std::vector<std::uint64_t> values(20'000);
  std::ranges::generate(values, [&] { return static_cast<std::uint64_t>(latency(random)); });
  const histogram all = of(values);
  for (const std::uint32_t wanted : {1U, 10'000U, 50'000U, 90'000U, 99'000U, 99'900U, 99'990U, 100'000U}) {
    const auto right = exact(values, wanted);
    CAPTURE(wanted, right);
    CHECK(all.quantile(wanted) >= right);
    CHECK(static_cast<double>(all.quantile(wanted)) <= static_cast<double>(right) * 1.01);
  }
  CHECK(all.quantile(100'000) == all.max());
}

TEST_CASE("merged histograms are the histogram of all values") {
  const std::vector<std::uint64_t> few{5, 700, 80'000};
  const std::vector<std::uint64_t> others{1, 900'000'000, 700};
  histogram merged = of(few);
  merged.merge(of(others));
  const histogram together = of({5, 700, 80'000, 1, 900'000'000, 700});
  CHECK(merged.count() == together.count());
  CHECK(merged.max() == together.max());
  CHECK(merged.mean() == together.mean());
  for (std::uint32_t part = 0; part <= 100'000; part += 10'000)
    CHECK(merged.quantile(part) == together.quantile(part));
}

TEST_CASE("a cleared histogram is an empty one") {
  histogram used = of({5, 10});
  used.clear();
  CHECK(used.count() == 0);
  CHECK(used.max() == 0);
  used.add(3);
  CHECK(used.quantile(50'000) == 3);
}
