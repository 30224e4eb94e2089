#include "websock/core/units.hpp"

#include <limits>

#include "support/catch.hpp"

using websock::duration;
using websock::format_duration;
using websock::format_size;
using websock::no_timeout;
using websock::parse_duration;
using websock::parse_size;

TEST_CASE("a duration is a number and a unit") {
  struct vector {
    const char* text;
    std::int64_t milliseconds;
  };
  for (const auto& [text, milliseconds] :
       {vector{"0ms", 0}, vector{"500ms", 500}, vector{"20s", 20'000}, vector{"0.5s", 500},
        vector{"1.5min", 90'000}, vector{"2h", 7'200'000}, vector{"0.001s", 1}, vector{"1.000s", 1000},
        vector{"007s", 7000}, vector{"9223372036854775806ms", 9223372036854775806}}) {
    CAPTURE(text);
    CHECK(parse_duration(text) == duration{milliseconds});
  }
}

TEST_CASE("none is no timeout") {
  CHECK(parse_duration("none") == no_timeout);
  CHECK(format_duration(no_timeout) == "none");
}

TEST_CASE("anything else is no duration") {
  for (const char* const text : {"",
                                 "s",
                                 "20",
                                 "-1s",
                                 "+1s",
                                 " 1s",
                                 "1s ",
                                 "1 s",
                                 "1S",
                                 "1sec",
                                 "1.s",
                                 ".5s",
                                 "1.5",
                                 "0.5ms",
                                 "0.0001s",
                                 "None",
                                 "1..5s",
                                 "1e3s",
                                 "0x1s",
                                 "1.0000000000s",
                                 "9223372036854775807ms",
                                 "9223372036854775808ms",
                                 "18446744073709551616ms",
                                 "99999999999999999999h",
                                 "5124095576030431.1h",
                                 "18446744073709552s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("a size is a number of bytes or has a binary unit") {
  struct vector {
    const char* text;
    std::uint64_t bytes;
  };
  for (const auto& [text, bytes] :
       {vector{"0", 0}, vector{"1000", 1000}, vector{"7B", 7}, vector{"64KiB", 65536},
        vector{"1.5MiB", 1572864}, vector{"16MiB", 16ULL << 20}, vector{"2GiB", 2ULL << 30},
        vector{"17179869183GiB", 17179869183ULL << 30},
        vector{"18446744073709551615", std::numeric_limits<std::uint64_t>::max()}}) {
    CAPTURE(text);
    CHECK(parse_size(text) == bytes);
  }
}

TEST_CASE("anything else is no size") {
  for (const char* const text :
       {"", "MiB", "1MB", "1mib", "1 MiB", "-1", "+1", " 1", "1 ", "1.5", "1.5B", "0.1KiB", "17179869184GiB",
        "18446744073709551616", "none", "1KiB2", "1_000"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text));
  }
}

TEST_CASE("a whole number of the largest unit is written") {
  CHECK(format_duration(duration{0}) == "0s");
  CHECK(format_duration(duration{-5}) == "0s");
  CHECK(format_duration(duration{20'000}) == "20s");
  CHECK(format_duration(duration{3'600'000}) == "1h");
  CHECK(format_duration(duration{360'000}) == "6min");
  CHECK(format_duration(duration{90'000}) == "90s");
  CHECK(format_duration(duration{1}) == "1ms");
  CHECK(format_size(0) == "0");
  CHECK(format_size(999) == "999");
  CHECK(format_size(1024) == "1KiB");
  CHECK(format_size(16ULL << 20) == "16MiB");
  CHECK(format_size((3ULL << 30) / 2) == "1536MiB");
}

TEST_CASE("what is written is read back as the same value") {
  for (std::uint64_t value = 1; value < (1ULL << 62); value = value * 3 + value % 7) {
    CAPTURE(value);
    CHECK(parse_size(format_size(value)) == value);
    const duration time{static_cast<duration::rep>(value)};
    CHECK(parse_duration(format_duration(time)) == time);
  }
}
