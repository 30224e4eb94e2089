#include "websock/core/rate.hpp"

#include "support/catch.hpp"

using namespace std::chrono_literals;
using websock::rate_limit;
using websock::token_bucket;

namespace {

// How many tokens there are at once.
int drain(token_bucket& bucket, const rate_limit& limit, token_bucket::clock::time_point now) {
  int taken = 0;
  while (bucket.take(limit, now)) ++taken;
  return taken;
}

}  // namespace

TEST_CASE("a bucket is full at first, and fills by its rate") {
  const rate_limit limit{10, 25};
  token_bucket bucket;
  const token_bucket::clock::time_point start{100s};
  CHECK(drain(bucket, limit, start) == 25);
  CHECK(drain(bucket, limit, start + 99ms) == 0);
  CHECK(drain(bucket, limit, start + 100ms) == 1);
  CHECK(drain(bucket, limit, start + 1100ms) == 10);
}

TEST_CASE("a bucket holds no more than its burst, however long it is quiet") {
  const rate_limit limit{10, 25};
  token_bucket bucket;
  const token_bucket::clock::time_point start{100s};
  CHECK(drain(bucket, limit, start) == 25);
  CHECK(drain(bucket, limit, start + 1000h) == 25);
}

TEST_CASE("a burst is a second's worth unless it is given") {
  token_bucket bucket;
  CHECK(drain(bucket, {7}, token_bucket::clock::time_point{1s}) == 7);
}

TEST_CASE("who keeps to the rate is never refused") {
  const rate_limit limit{3, 1};
  token_bucket bucket;
  token_bucket::clock::time_point now{5s};
  for (int i = 0; i < 1000; ++i, now += 333'333'334ns) REQUIRE(bucket.take(limit, now));
}

TEST_CASE("what is refused costs no token") {
  const rate_limit limit{1, 1};
  token_bucket bucket;
  const token_bucket::clock::time_point start{5s};
  REQUIRE(bucket.take(limit, start));
  for (int i = 0; i < 100; ++i) REQUIRE_FALSE(bucket.take(limit, start + 1ms * i));
  CHECK(bucket.take(limit, start + 1s));
}

TEST_CASE("a clock that goes back fills nothing, and takes nothing away") {
  const rate_limit limit{10, 2};
  token_bucket bucket;
  const token_bucket::clock::time_point start{5s};
  CHECK(drain(bucket, limit, start) == 2);
  CHECK_FALSE(bucket.take(limit, start - 1s));
  CHECK(drain(bucket, limit, start + 200ms) == 2);
}

TEST_CASE("the largest and the smallest limits do not overflow") {
  constexpr auto largest = ~std::uint64_t{0};
  const token_bucket::clock::time_point now{24h * 365 * 100};
  for (const rate_limit& limit : {rate_limit{0, 1}, rate_limit{1, largest}, rate_limit{largest, largest}}) {
    token_bucket bucket;
    CHECK(bucket.take(limit, now));
  }
}
