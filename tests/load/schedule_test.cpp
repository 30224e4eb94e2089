// When the messages of an open loop are due.
#include "schedule.hpp"

#include "support/catch.hpp"

using namespace std::chrono_literals;
using load::schedule;

namespace {

const load::load_clock::time_point start{1000s};

}  // namespace

TEST_CASE("the first message is due at once, and the others one by one") {
  schedule due{1000, start};
  CHECK(due.is_due(start));
  CHECK(due.take() == start);
  CHECK_FALSE(due.is_due(start));
  CHECK_FALSE(due.is_due(start + 999us));
  CHECK(due.is_due(start + 1ms));
  CHECK(due.take() == start + 1ms);
  CHECK(due.take() == start + 2ms);
}

TEST_CASE("a message that is late was due when it was due") {
  schedule due{10, start};
  CHECK(due.take() == start);
  CHECK(due.is_due(start + 1h));
  CHECK(due.next() == start + 100ms);
  CHECK(due.take() == start + 100ms);
  CHECK(due.take() == start + 200ms);
}

TEST_CASE("a rate that divides no nanosecond does not drift") {
  schedule due{3e6, start};
  for (int second = 0; second < 3; ++second) {
    CHECK(due.next() - (start + second * 1s) < 2ns);
    CHECK(start + second * 1s - due.next() < 2ns);
    for (int i = 0; i < 3'000'000; ++i) due.take();
  }
}

TEST_CASE("less than one message a second") {
  schedule due{0.5, start};
  due.take();
  CHECK(due.next() == start + 2s);
}
