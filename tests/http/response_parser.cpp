#include <string>

#include "parse.hpp"
#include "support/catch.hpp"
#include "websock/core/error.hpp"

using namespace websock::http;
using websock::as_bytes;
using websock::bytes_view;
using websock::errc;

TEST_CASE("a response is the same in every split and what follows it stays in the input") {
  struct vector {
    const char* name;
    std::string_view stream;
    unsigned code;
    std::size_t fields;
    const char* body;
  };
  const std::string_view following = "\x81\x05hello";
  for (const auto& [name, stream, code, count, body] : {
           vector{"101",
                  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
                  101, 2, ""},
           vector{"101 without its fields", "HTTP/1.1 101 \r\n\r\n", 101, 0, ""},
           vector{"101 with a length", "HTTP/1.1 101 x\r\nContent-Length: 5\r\n\r\n", 101, 1, ""},
           vector{"informational first",
                  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nA: b\r\n\r\nHTTP/1.1 101 x\r\nC: d\r\n\r\n",
                  101, 1, ""},
           vector{"length", "HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno\n", 403, 1, "no\n"},
           vector{"no length", "HTTP/1.1 204 No Content\r\n\r\n", 204, 0, ""},
           vector{"chunks", "HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", 500,
                  1, "ab"},
           vector{"1.0", "HTTP/1.0 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 302, 2, ""},
       }) {
    CAPTURE(name);
    const std::string whole = std::string{stream}.append(following);
    for_each_split(whole, [&](std::size_t first, std::size_t step) {
      CAPTURE(first, step);
      response_parser parser{{}};
      std::string_view rest;
      REQUIRE_FALSE(parse_in_pieces(parser, whole, first, step, rest));
      REQUIRE(parser.is_done());
      CHECK(rest == following);
      CHECK(parser.head_done());
      const response taken = parser.take();
      CHECK(static_cast<unsigned>(taken.status) == code);
      CHECK(taken.fields.size() == count);
      CHECK(taken.body == body);
    });
  }
}

TEST_CASE("a malformed response is refused in every split") {
  for (const std::string_view stream : {
           "SSH-2.0-OpenSSH_9.2\r\n\r\n",
           "HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\n\n",
           "HTTP/1.1 101 x\r\nUpgrade: websocket\n\r\n\r\n",
           "HTTP/1.0 101 x\r\n\r\n",
           "HTTP/2.0 101 x\r\n\r\n",
           "HTTP/1.1 10 x\r\n\r\n",
           "HTTP/1.1 1011 x\r\n\r\n",
           "HTTP/1.1 099 x\r\n\r\n",
           "RTSP/1.0 200 x\r\n\r\n",
           "HTTP/1.1 101 x\r\nA: b\r\n c\r\n\r\n",
           "HTTP/1.1 101 x\x01\r\nA: b\r\n\r\n",
           "HTTP/1.1 200 x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
           "HTTP/1.1 200 x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
           "\x15\x03\x01\r\n\r\n",
       }) {
    CAPTURE(stream);
    for_each_split(stream, [&](std::size_t first, std::size_t step) {
      response_parser parser{{}};
      std::string_view rest;
      CHECK(parse_in_pieces(parser, stream, first, step, rest) == errc::http_malformed);
      CHECK_FALSE(parser.is_done());
    });
  }
}

TEST_CASE("a body without a length ends with the stream") {
  response_parser parser{{}};
  bytes_view input = as_bytes("HTTP/1.1 403 x\r\n\r\nsome");
  CHECK_FALSE(parser.parse(input));
  CHECK(parser.head_done());
  CHECK_FALSE(parser.is_done());
  bytes_view more = as_bytes(" text");
  CHECK_FALSE(parser.parse(more));
  CHECK_FALSE(parser.end_of_input());
  CHECK(parser.is_done());
  CHECK(parser.take().body == "some text");
}

TEST_CASE("a stream that ends in a response has lost it") {
  for (const char* const stream :
       {"", "HTTP/1.1 101", "HTTP/1.1 101 x\r\nA: b\r\n", "HTTP/1.1 200 x\r\nContent-Length: 3\r\n\r\nab",
        "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "HTTP/1.1 100 x\r\n\r\n"}) {
    CAPTURE(stream);
    response_parser parser{{}};
    bytes_view input = as_bytes(stream);
    CHECK_FALSE(parser.parse(input));
    CHECK(parser.end_of_input() == errc::connection_lost);
    CHECK_FALSE(parser.is_done());
  }
}

TEST_CASE("of a long body the beginning is kept") {
  const std::string stream =
      "HTTP/1.1 403 x\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x') + "rest";
  for (const std::size_t step : {std::size_t{1}, stream.size()}) {
    response_parser parser{{1000, 10, 100}};
    std::string_view rest;
    CHECK_FALSE(parse_in_pieces(parser, stream, step, step, rest));
    CHECK(parser.is_done());
    CHECK(rest == "rest");
    CHECK(parser.take().body == std::string(100, 'x'));
  }
}

TEST_CASE("a response may be looked at while its body comes, and one that goes on for ever is full") {
  response_parser parser{{1000, 10, 100}};
  bytes_view input = as_bytes("HTTP/1.1 403 x\r\nA: b\r\n\r\n");
  CHECK_FALSE(parser.parse(input));
  CHECK(parser.response().status == status::forbidden);
  CHECK(parser.response().fields.find("A") == "b");
  const std::string part(60, 'x');
  for (const bool full : {false, true}) {
    input = as_bytes(part);
    CHECK_FALSE(parser.parse(input));
    CHECK(parser.body_full() == full);
  }
  CHECK_FALSE(parser.is_done());
  CHECK(parser.take().body == std::string(100, 'x'));
}

TEST_CASE("informational responses cannot go on for ever") {
  response_parser parser{{1000, 10, 100}};
  std::string stream;
  while (stream.size() < 2000) stream += "HTTP/1.1 100 Continue\r\n\r\n";
  bytes_view input = as_bytes(stream);
  CHECK(parser.parse(input) == errc::http_head_too_large);
}

TEST_CASE("a trailer that llhttp takes for the framing changes nothing") {
  const std::string head = "HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n";
  const std::string trailer = "Transfer-Encoding: chunked\r\n";
  const auto check = [](const std::string& stream, std::error_code expected) {
    for_each_split(stream, [&](std::size_t first, std::size_t step) {
      CAPTURE(first, step);
      response_parser parser{{.head_bytes = 100}};
      std::string_view rest;
      CHECK(parse_in_pieces(parser, stream, first, step, rest) == expected);
      CHECK(parser.is_done() == !expected);
    });
  };
  check(head + trailer + "X: y\r\n\r\n", {});
  check(head + trailer + "X: y\n\r\n", errc::http_malformed);
  check(head + trailer + "X: " + std::string(100, 'y'), errc::http_head_too_large);
  check(head + "Transfer-Encoding: x\r\nX: " + std::string(100, 'y'), errc::http_head_too_large);
}
