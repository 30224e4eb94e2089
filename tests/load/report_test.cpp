// Figures as people read them, and the results as JSON.
#include "report.hpp"

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "units.hpp"

TEST_CASE("times have three digits and a unit") {
  CHECK(load::format_time(0) == "0 ns");
  CHECK(load::format_time(870) == "870 ns");
  CHECK(load::format_time(12'345) == "12.3 µs");
  CHECK(load::format_time(999'999) == "1.00 ms");
  CHECK(load::format_time(1'050'000) == "1.05 ms");
  CHECK(load::format_time(120'000'000'000) == "120 s");
}

TEST_CASE("counts and sizes have units") {
  CHECK(load::format_count(950) == "950");
  CHECK(load::format_count(12'345) == "12.3k");
  CHECK(load::format_count(0.5) == "0.50");
  CHECK(load::format_bytes(64) == "64 B");
  CHECK(load::format_bytes(16'384) == "16.0 KiB");
}

TEST_CASE("the JSON has what was measured, in microseconds and per message") {
  load::options wanted;
  wanted.url = "ws://127.0.0.1:1/";
  wanted.pid = 1;
  wanted.label = "quoted \" \xff";
  load::results found;
  found.seconds = 2;
  for (int i = 0; i < 100; ++i) found.latency.add(1'000'000);
  found.server_cpu_seconds = 0.5;
  found.server.emplace().resident_bytes = 4096;
  found.octets_in_per_message = 66;
  found.found.wrong = 3;
  found.found.first = "an echo that differs";
  const auto read = nlohmann::json::parse(load::to_json(wanted, found));
  CHECK(read["mode"] == "closed_loop");
  CHECK(read["messages"] == 100);
  CHECK(read["messages_per_second"] == 50.0);
  CHECK(read["latency_us"]["p50"].get<double>() == Approx(1000).epsilon(0.01));
  CHECK(read["latency_us"]["max"] == 1000.0);
  CHECK(read["server"]["cpu_us_per_message"] == 5000.0);
  CHECK(read["server"]["resident_bytes"] == 4096);
  CHECK(read["octets_in_per_message"] == 66.0);
  CHECK(read["wrong"] == 3);
  CHECK(read["first_error"] == "an echo that differs");
  CHECK_THAT(load::to_text(wanted, found), Catch::Matchers::Contains("3 wrong, 0 lost"));
}

TEST_CASE("what was not measured is null") {
  const auto read = nlohmann::json::parse(load::to_json(load::options{}, load::results{}));
  CHECK(read["server"].is_null());
  CHECK(read["first_error"].is_null());
  CHECK(read["octets_in_per_message"].is_null());
}

TEST_CASE("the memory of idle connections is a figure for each") {
  load::options wanted;
  wanted.kind = load::run_kind::idle;
  wanted.connections = 10;
  load::results found;
  found.memory = load::idle_memory{1000, 6000, 8000};
  const auto read = nlohmann::json::parse(load::to_json(wanted, found));
  CHECK(read["memory"]["bytes_per_connection"] == 500);
  CHECK(read["memory"]["touched_bytes_per_connection"] == 700);
}
