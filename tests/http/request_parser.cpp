#include <string>
#include <vector>

#include "parse.hpp"
#include "support/catch.hpp"
#include "websock/core/error.hpp"

using namespace websock::http;
using websock::as_bytes;
using websock::bytes_view;
using websock::errc;

namespace {

std::error_code parse_whole(std::string_view stream, const limits& limits = {}) {
  request_parser parser{limits};
  bytes_view input = as_bytes(stream);
  return parser.parse(input);
}

}  // namespace

TEST_CASE("a request is the same in every split and what follows it stays in the input") {
  struct vector {
    const char* name;
    std::string_view stream;
    const char* method;
    const char* target;
    std::size_t fields;
    const char* body;
    bool keep_alive;
    bool upgrade;
  };
  const std::string_view following = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const auto& [name, stream, method, target, count, body, keep_alive, upgrade] : {
           vector{"plain", "GET /a?b HTTP/1.1\r\nHost: h\r\nX: \t y \r\nEmpty:\r\n\r\n", "GET", "/a?b", 3, "",
                  true, false},
           vector{"empty line before", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET", "/", 1, "", true,
                  false},
           vector{"close", "GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n", "GET", "/", 2, "",
                  false, false},
           vector{"1.0", "GET / HTTP/1.0\r\n\r\n", "GET", "/", 0, "", false, false},
           vector{"1.0 kept", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET", "/", 1, "", true,
                  false},
           vector{"1.0 both", "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", "GET", "/", 1, "",
                  false, false},
           vector{"length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n\nb\r\n\x80", "POST", "/",
                  2, "\nb\r\n\x80", true, false},
           vector{"no length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "POST", "/", 2, "",
                  true, false},
           vector{"chunks",
                  "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
                  "3\r\n\na\n\r\nA;x=\"1\"\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n",
                  "PUT", "/", 2, "\na\n0123456789", true, false},
           vector{"absolute", "GET HTTP://example.com/a HTTP/1.1\r\nHost: h\r\n\r\n", "GET",
                  "HTTP://example.com/a", 1, "", true, false},
           vector{"asterisk", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS", "*", 1, "", true, false},
           vector{"connect", "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", "CONNECT", "h:443", 1, "", true,
                  false},
           vector{"other upgrade", "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
                  "GET", "/", 3, "", true, false},
           vector{"empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET", "/", 1, "", true, false},
           vector{
               "upgrade",
               "GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\n",
               "GET", "/", 3, "", true, true},
           vector{"upgrade with a body",
                  "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: "
                  "2\r\n\r\nab",
                  "GET", "/", 4, "ab", true, true},
       }) {
    CAPTURE(name);
    const std::string whole = std::string{stream}.append(following);
    for_each_split(whole, [&](std::size_t first, std::size_t step) {
      CAPTURE(first, step);
      request_parser parser{{}};
      std::string_view rest;
      REQUIRE_FALSE(parse_in_pieces(parser, whole, first, step, rest));
      REQUIRE(parser.is_done());
      REQUIRE(rest == following);
      CHECK(parser.started());
      CHECK(parser.head_done());
      CHECK(parser.keep_alive() == keep_alive);
      CHECK(parser.is_upgrade() == upgrade);
      const request taken = parser.take();
      CHECK(taken.method == method);
      CHECK(taken.target == target);
      CHECK(taken.fields.size() == count);
      CHECK(taken.body == body);
      CHECK_FALSE(parser.started());
      REQUIRE_FALSE(parse_in_pieces(parser, rest, first, step, rest));
      CHECK(parser.request().target == "/next");
      CHECK(rest.empty());
    });
  }
}

TEST_CASE("what is malformed is refused in every split") {
  struct vector {
    const char* name;
    std::string_view stream;
  };
  using namespace std::string_view_literals;
  for (const auto& [name, stream] : {
           vector{"TLS", "\x16\x03\x01\x02\x00\x01"sv},
           vector{"two empty lines before", "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"},
           vector{"CR before", "\rGET / HTTP/1.1\r\nHost: h\r\n\r\n"},
           vector{"blank before", " GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
           vector{"unknown method", "NOPE / HTTP/1.1\r\nHost: h\r\n\r\n"},
           vector{"method in lower case", "get / HTTP/1.1\r\nHost: h\r\n\r\n"},
           vector{"HTTP/0.9", "GET /\r\n\r\n"},
           vector{"HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n"},
           vector{"HTTP/2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n"},
           vector{"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
           vector{"RTSP", "OPTIONS / RTSP/1.0\r\nHost: h\r\n\r\n"},
           vector{"ICE", "SOURCE / ICE/1.0\r\nHost: h\r\n\r\n"},
           vector{"two blanks", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"},
           vector{"two blanks behind", "GET /  HTTP/1.1\r\nHost: h\r\n\r\n"},
           vector{"blank at the line's end", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"},
           vector{"tab", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n"},
           vector{"control in the target", "GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n"},
           vector{"tab in the target", "GET /\t HTTP/1.1\r\nHost: h\r\n\r\n"},
           vector{"octet beyond ASCII in the target", "GET /\xC3\xA4 HTTP/1.1\r\nHost: h\r\n\r\n"},
           vector{"NUL in the target", "GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"sv},
           vector{"fragment", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n"},
           vector{"asterisk for GET", "GET * HTTP/1.1\r\nHost: h\r\n\r\n"},
           vector{"relative target", "GET a HTTP/1.1\r\nHost: h\r\n\r\n"},
           vector{"other scheme", "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n"},
           vector{"absolute without a host", "GET http:///a HTTP/1.1\r\nHost: h\r\n\r\n"},
           vector{"absolute with userinfo", "GET http://u@h/a HTTP/1.1\r\nHost: h\r\n\r\n"},
           vector{"CONNECT to a path", "CONNECT /a HTTP/1.1\r\nHost: h\r\n\r\n"},
           vector{"no Host", "GET / HTTP/1.1\r\n\r\n"},
           vector{"Host with a path", "GET / HTTP/1.1\r\nHost: h/a\r\n\r\n"},
           vector{"Host with a list", "GET / HTTP/1.1\r\nHost: h, i\r\n\r\n"},
           vector{"Host with userinfo", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n"},
           vector{"folded line", "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n"},
           vector{"folded line with a tab", "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n\tb\r\n\r\n"},
           vector{"folded empty value", "GET / HTTP/1.1\r\nHost: h\r\nX:\r\n b\r\n\r\n"},
           vector{"folded first line", "GET / HTTP/1.1\r\n Host: h\r\n\r\n"},
           vector{"blank before the colon", "GET / HTTP/1.1\r\nHost : h\r\n\r\n"},
           vector{"no colon", "GET / HTTP/1.1\r\nHost: h\r\nX\r\n\r\n"},
           vector{"no name", "GET / HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n"},
           vector{"name that is no token", "GET / HTTP/1.1\r\nHost: h\r\nX(y): x\r\n\r\n"},
           vector{"NUL in a value", "GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n"sv},
           vector{"NUL in a name", "GET / HTTP/1.1\r\nHost: h\r\nX\0: a\r\n\r\n"sv},
           vector{"control in a value", "GET / HTTP/1.1\r\nHost: h\r\nX: a\x0B\r\n\r\n"},
           vector{"DEL in a value", "GET / HTTP/1.1\r\nHost: h\r\nX: a\x7F\r\n\r\n"},
           vector{"CR in a value", "GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n"},
           vector{"CR CR LF", "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\r\n\r\n"},
           vector{"CR in a name", "GET / HTTP/1.1\r\nHost: h\r\nX\r: a\r\n\r\n"},
           vector{"chunk size that is none",
                  "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"},
           vector{"chunk size with a sign",
                  "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n"},
           vector{"chunk size in C's hex",
                  "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n"},
           vector{"chunk size with a blank",
                  "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1 \r\na\r\n"},
           vector{
               "chunk size of 65 bits",
               "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000001\r\na\r\n"},
           vector{"no CRLF behind a chunk",
                  "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n"},
           vector{"NUL in a trailer",
                  "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: \0\r\n\r\n"sv},
       }) {
    CAPTURE(name);
    for_each_split(stream, [&](std::size_t first, std::size_t step) {
      CAPTURE(first, step);
      request_parser parser{{}};
      std::string_view rest;
      CHECK(parse_in_pieces(parser, stream, first, step, rest) == errc::http_malformed);
      CHECK_FALSE(parser.is_done());
      CHECK_FALSE(parser.keep_alive());
      bytes_view more = as_bytes("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      CHECK(parser.parse(more) == errc::http_malformed);
    });
  }
}

TEST_CASE("bare_lf") {
  const std::string_view valid =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nTrailer: t\r\n\r\n";
  REQUIRE_FALSE(parse_whole(valid));
  for (std::size_t at = valid.find('\r'); at != std::string_view::npos; at = valid.find('\r', at + 1)) {
    CAPTURE(at);
    const std::string stream = std::string{valid}.erase(at, 1);
    for_each_split(stream, [&](std::size_t first, std::size_t step) {
      request_parser parser{{}};
      std::string_view rest;
      CHECK(parse_in_pieces(parser, stream, first, step, rest) == errc::http_malformed);
    });
  }
  CHECK(parse_whole("\nGET / HTTP/1.1\r\nHost: h\r\n\r\n") == errc::http_malformed);
  CHECK(parse_whole("G\n") == errc::http_malformed);
}

TEST_CASE("a CR without its LF ends no line") {
  const std::string_view valid =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nTrailer: "
      "t\r\n\r\nGET";
  for (std::size_t at = valid.find('\n'); at != std::string_view::npos; at = valid.find('\n', at + 1)) {
    CAPTURE(at);
    std::string stream{valid};
    stream[at] = 'x';
    request_parser parser{{}};
    std::string_view rest;
    const auto error = parse_in_pieces(parser, stream, stream.size(), stream.size(), rest);
    CHECK((error == errc::http_malformed || !parser.is_done()));
  }
}

TEST_CASE("content_length_with_transfer_encoding") {
  for (const char* const lengths : {
           "Content-Length: 3\r\nTransfer-Encoding: chunked",
           "Transfer-Encoding: chunked\r\nContent-Length: 3",
           "Content-Length: 0\r\nTransfer-Encoding: chunked",
           "Content-Length: 3\r\nContent-Length: 3",
           "Content-Length: 3\r\nContent-Length: 4",
           "Content-Length: 3, 3",
           "Content-Length: +3",
           "Content-Length: -3",
           "Content-Length: 3 3",
           "Content-Length: 0x3",
           "Content-Length: 3.0",
           "Content-Length:",
           "Content-Length: 18446744073709551616",
           "Content-Length: 99999999999999999999999",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
           "Transfer-Encoding: chunked, chunked",
           "Transfer-Encoding: gzip, chunked",
           "Transfer-Encoding: chunked, identity",
           "Transfer-Encoding: identity",
           "Transfer-Encoding: xchunked",
           "Transfer-Encoding: chunked;x",
           "Transfer-Encoding: \"chunked\"",
           "Transfer-Encoding: \x0B"
           "chunked",
           "Transfer-Encoding:\r\n chunked",
           "Transfer-Encoding:",
           "Transfer-Encoding : chunked",
       }) {
    CAPTURE(lengths);
    const std::string head = std::string{"POST / HTTP/1.1\r\nHost: h\r\n"} + lengths + "\r\n\r\n";
    CHECK(parse_whole(head) == errc::http_malformed);
  }
  CHECK(parse_whole("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == errc::http_malformed);
}

TEST_CASE("duplicate_host") {
  CHECK(parse_whole("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") == errc::http_malformed);
  CHECK(parse_whole("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nhOST: a\r\n\r\n") == errc::http_malformed);
  CHECK(parse_whole("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n") == errc::http_malformed);
}

TEST_CASE("an idle parser was not started, also by one empty line") {
  request_parser parser{{}};
  CHECK_FALSE(parser.started());
  bytes_view line = as_bytes("\r\n");
  CHECK_FALSE(parser.parse(line));
  CHECK(line.empty());
  CHECK_FALSE(parser.started());
  CHECK_FALSE(parser.head_done());
  bytes_view byte = as_bytes("G");
  CHECK_FALSE(parser.parse(byte));
  CHECK(parser.started());
  CHECK_FALSE(parser.head_done());
}

TEST_CASE("pipelined requests come out one by one") {
  std::string stream;
  for (int number = 0; number < 50; ++number) {
    stream += "POST /" + std::to_string(number) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab";
  }
  request_parser parser{{}};
  bytes_view input = as_bytes(stream);
  for (int number = 0; number < 50; ++number) {
    REQUIRE_FALSE(parser.parse(input));
    REQUIRE(parser.is_done());
    const std::size_t left = input.size();
    CHECK_FALSE(parser.parse(input));  // a request that is done takes nothing
    CHECK(input.size() == left);
    const request taken = parser.take();
    CHECK(taken.target == "/" + std::to_string(number));
    CHECK(taken.body == "ab");
  }
  CHECK(input.empty());
}

TEST_CASE("a peer that waits for 100 Continue is known until its body comes") {
  request_parser parser{{}};
  bytes_view head =
      as_bytes("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
  CHECK_FALSE(parser.expects_continue());
  CHECK_FALSE(parser.parse(head));
  CHECK(parser.head_done());
  CHECK(parser.expects_continue());
  bytes_view body = as_bytes("ab");
  CHECK_FALSE(parser.parse(body));
  CHECK_FALSE(parser.expects_continue());
  CHECK(parser.take().body == "ab");

  bytes_view together =
      as_bytes("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\na");
  CHECK_FALSE(parser.parse(together));
  CHECK_FALSE(parser.expects_continue());

  request_parser old{{}};
  bytes_view one_zero = as_bytes("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK_FALSE(old.parse(one_zero));
  CHECK_FALSE(old.expects_continue());
}

TEST_CASE("a parser can be moved in the middle of a request") {
  request_parser first{{}};
  bytes_view input = as_bytes("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
  CHECK_FALSE(first.parse(input));
  request_parser second{std::move(first)};
  bytes_view rest = as_bytes("cd");
  CHECK_FALSE(second.parse(rest));
  CHECK(second.take().body == "abcd");
}
