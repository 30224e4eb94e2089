// The picture shows the numbers that it was given.
#include "plot.hpp"

#include <regex>
#include <string>
#include <vector>

#include "support/catch.hpp"

using load::interval;

namespace {

std::vector<interval> constant(std::uint64_t nanoseconds, int count) {
  std::vector<interval> made;
  for (int i = 0; i < count; ++i) {
    load::percentiles all;
    all.p50 = all.p90 = all.p99 = all.p999 = all.p9999 = all.max = nanoseconds;
    made.push_back({i * 1.0, i + 1.0, 10, all});
  }
  return made;
}

std::string found_in(const std::string& text, const std::string& pattern) {
  std::smatch match;
  return std::regex_search(text, match, std::regex{pattern}) ? match[1].str() : "";
}

// The height of a tick of the latency axis; its text stands a little lower than its line.
double height_of(const std::string& drawn, const std::string& label) {
  const std::string place =
      found_in(drawn, "<text class=\"label\" x=\"84.0\" y=\"([0-9.]+)\"[^>]*>" + label + "<");
  REQUIRE_FALSE(place.empty());
  return std::stod(place) - 4;
}

std::vector<double> heights_of_curve(const std::string& drawn, const std::string& style) {
  const std::string points = found_in(drawn, "<polyline class=\"" + style + "\" points=\"([^\"]*)\"");
  std::vector<double> heights;
  const std::regex point{"[0-9.]+,([0-9.]+)"};
  for (std::sregex_iterator each{points.begin(), points.end(), point}, end; each != end; ++each) {
    heights.push_back(std::stod((*each)[1]));
  }
  return heights;
}

}  // namespace

TEST_CASE("a latency is drawn at the height of its tick") {
  for (const auto& [nanoseconds, label] : std::vector<std::pair<std::uint64_t, std::string>>{
           {1'000'000, "1.00 ms"}, {100'000, "100 µs"}, {10'000'000'000, "10.0 s"}}) {
    const std::string drawn = load::plot(constant(nanoseconds, 3), "");
    CAPTURE(drawn);
    for (const double height : heights_of_curve(drawn, "a"))
      CHECK(height == Approx(height_of(drawn, label)).margin(0.11));
    CHECK(heights_of_curve(drawn, "a").size() == 3);
  }
}

TEST_CASE("each percentile has a curve, and the worse is above the better") {
  auto intervals = constant(1'000'000, 4);
  for (auto& one : intervals) {
    one.latency.p50 = 100'000;
    one.latency.p90 = 200'000;
    one.latency.p99 = 500'000;
  }
  const std::string drawn = load::plot(intervals, "");
  CHECK(heights_of_curve(drawn, "a").front() == Approx(height_of(drawn, "100 µs")).margin(0.11));
  CHECK(heights_of_curve(drawn, "b").front() == Approx(height_of(drawn, "200 µs")).margin(0.11));
  CHECK(heights_of_curve(drawn, "c").front() == Approx(height_of(drawn, "500 µs")).margin(0.11));
  CHECK(heights_of_curve(drawn, "d").front() == Approx(height_of(drawn, "1.00 ms")).margin(0.11));
}

TEST_CASE("an interval without messages has no point") {
  auto intervals = constant(1'000'000, 5);
  intervals[2].count = 0;
  CHECK(heights_of_curve(load::plot(intervals, ""), "a").size() == 4);
}

TEST_CASE("nothing at all is drawn as empty axes") {
  CHECK_THAT(load::plot({}, "nothing"), Catch::Matchers::EndsWith("</svg>\n"));
  CHECK(heights_of_curve(load::plot({}, ""), "a").empty());
}

TEST_CASE("a title may be any text") {
  const std::string drawn = load::plot(constant(1000, 1), "<a> & \"b\"\x01");
  CHECK_THAT(drawn, Catch::Matchers::Contains("&lt;a&gt; &amp; \"b\" </text>"));
}
