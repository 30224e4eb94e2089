#include <string>

#include "parse.hpp"
#include "support/catch.hpp"
#include "support/memory.hpp"
#include "websock/core/error.hpp"

using namespace websock::http;
using websock::as_bytes;
using websock::bytes_view;
using websock::errc;

namespace {

// A request whose head is exactly that long.
std::string head_of(std::size_t size) {
  const std::string front = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
  return front + std::string(size - front.size() - 4, 'x') + "\r\n\r\n";
}

std::string with_fields(std::size_t count) {
  std::string head = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (std::size_t index = 1; index < count; ++index) head += "X: y\r\n";
  return head + "\r\n";
}

std::error_code parse(const limits& limits, std::string_view stream, std::size_t step) {
  request_parser parser{limits};
  std::string_view rest;
  return parse_in_pieces(parser, stream, step, step, rest);
}

}  // namespace

TEST_CASE("head_bytes is exact, whole and dribbled") {
  const limits limits{100, 10, 10};
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
    CAPTURE(step);
    CHECK_FALSE(parse(limits, head_of(99), step));
    CHECK_FALSE(parse(limits, head_of(100), step));
    CHECK(parse(limits, head_of(101), step) == errc::http_head_too_large);
    CHECK(parse(limits, std::string(100, 'G'), step) == errc::http_head_too_large);
  }
}

TEST_CASE("what follows a head does not count towards its limit") {
  const std::string stream = head_of(100) + std::string(1000, 'x');
  request_parser parser{{100, 10, 10}};
  bytes_view input = as_bytes(stream);
  CHECK_FALSE(parser.parse(input));
  CHECK(parser.is_done());
  CHECK(input.size() == 1000);
}

TEST_CASE("head_fields is exact") {
  const limits limits{10'000, 5, 10};
  for (const std::size_t step : {std::size_t{1}, std::size_t{10'000}}) {
    CHECK_FALSE(parse(limits, with_fields(5), step));
    CHECK(parse(limits, with_fields(6), step) == errc::http_head_too_large);
  }
}

TEST_CASE("20mb_header_dribbled") {
  constexpr std::size_t sent = 20'000'000;
  const limits limits;
  request_parser parser{limits};
  bytes_view start = as_bytes("GET / HTTP/1.1\r\nHost: h\r\nX: ");
  std::size_t taken = start.size();
  REQUIRE_FALSE(parser.parse(start));
  std::error_code error;
  const websock::test::memory_growth growth;
  while (!error && taken < sent) {
    bytes_view byte = as_bytes("x");
    error = parser.parse(byte);
    ++taken;
  }
  CHECK(error == errc::http_head_too_large);
  CHECK(taken == limits.head_bytes);
  CHECK(growth.bytes() < 4 * limits.head_bytes);  // blocks of 64 bytes, doubled up to the limit
}

TEST_CASE("a header of 20 MB in one piece is not copied") {
  const std::string stream = "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(20'000'000, 'x');
  const limits limits;
  request_parser parser{limits};
  bytes_view input = as_bytes(stream);
  const websock::test::memory_growth growth;
  CHECK(parser.parse(input) == errc::http_head_too_large);
  CHECK(growth.bytes() < 4 * limits.head_bytes);
}

TEST_CASE("upgrade_field_after_the_limit") {
  // The fields that would make it an upgrade stand where nobody looks any more.
  const std::string upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  for (const std::size_t step : {std::size_t{1}, std::size_t{100'000}}) {
    const limits limits;
    std::string head = with_fields(limits.head_fields);
    head.resize(head.size() - 2);
    request_parser many{limits};
    std::string_view rest;
    CHECK(parse_in_pieces(many, head + upgrade, step, step, rest) == errc::http_head_too_large);
    CHECK_FALSE(many.is_upgrade());
    CHECK_FALSE(many.is_done());

    head = head_of(limits.head_bytes);
    head.resize(head.size() - 2);
    request_parser longest{limits};
    CHECK(parse_in_pieces(longest, head + upgrade, step, step, rest) == errc::http_head_too_large);
    CHECK_FALSE(longest.is_upgrade());
    CHECK_FALSE(longest.is_done());
  }
}

TEST_CASE("a declared body above the limit is refused at the head, without memory for it") {
  request_parser parser{{1000, 10, 100}};
  bytes_view input = as_bytes("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n");
  CHECK(parser.parse(input) == errc::http_body_too_large);
  CHECK(parser.head_done());
  CHECK(parser.request().method == "POST");
  CHECK_FALSE(parser.is_done());
  CHECK_FALSE(parser.keep_alive());
  CHECK_FALSE(parse({1000, 10, 100},
                    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'x'), 1));
}

TEST_CASE("a declared length allocates nothing") {
  request_parser parser{{1000, 10, std::size_t{1} << 40}};
  bytes_view input = as_bytes("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000000\r\n\r\nx");
  const websock::test::memory_growth growth;
  CHECK_FALSE(parser.parse(input));
  CHECK(growth.bytes() < 10'000);
}

TEST_CASE("a chunked body is bounded by what it decodes to") {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string chunks;
  for (int number = 0; number < 10; ++number) chunks += "a;x=y\r\n0123456789\r\n";
  for (const std::size_t step : {std::size_t{1}, std::size_t{10'000}}) {
    CHECK_FALSE(parse({1000, 10, 100}, head + chunks + "0\r\n\r\n", step));
    CHECK(parse({1000, 10, 100}, head + chunks + "1\r\nx\r\n0\r\n\r\n", step) == errc::http_body_too_large);
    CHECK(parse({1000, 10, 99}, head + chunks, step) == errc::http_body_too_large);
  }
}

TEST_CASE("chunk extensions and trailers are bounded") {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string filler(1000, 'x');
  for (const std::size_t step : {std::size_t{1}, std::size_t{10'000}}) {
    CHECK(parse({1000, 10, 100}, head + "1;x=" + filler, step) == errc::http_head_too_large);
    CHECK(parse({1000, 10, 100}, head + "0\r\nX: " + filler, step) == errc::http_head_too_large);
    CHECK(parse({1000, 10, 100}, head + "00000" + std::string(1000, '0'), step) == errc::http_head_too_large);
  }
}
