// What threads measure ends up in the interval in which they measured it.
#include "recorder.hpp"

#include "support/catch.hpp"

using load::meter;
using load::recorder;

TEST_CASE("outside of every interval nothing is counted") {
  recorder all;
  meter one{all};
  CHECK_FALSE(one.add(5));
  all.set_interval(1);
  CHECK(one.add(7));
  all.set_interval(recorder::not_measuring);
  CHECK_FALSE(one.add(9));
  one.flush();
  CHECK(all.total().count() == 1);
  CHECK(all.total().max() == 7);
  CHECK(one.count() == 1);
}

TEST_CASE("each interval has its own values, of all threads") {
  recorder all;
  meter one{all};
  meter other{all};
  all.set_interval(1);
  one.add(10);
  other.add(20);
  all.set_interval(2);
  one.add(30);
  one.flush();
  other.flush();
  CHECK(all.of_interval(1).count() == 2);
  CHECK(all.of_interval(2).max() == 30);
  CHECK(all.of_interval(3).count() == 0);
  CHECK(all.total().count() == 3);
}

TEST_CASE("the first failure is kept in words, and all are counted") {
  recorder all;
  all.add_wrong("first");
  all.add_lost(3, "second");
  all.add_broken("third");
  CHECK(all.found().first == "first");
  CHECK(all.found().wrong == 1);
  CHECK(all.found().lost == 3);
  CHECK(all.found().broken == 1);
  CHECK(all.found().total() == 5);
}
