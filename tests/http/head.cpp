#include "websock/http/head.hpp"

#include <system_error>

#include "support/catch.hpp"

using namespace websock::http;

TEST_CASE("a target is split into path, query and host") {
  struct vector {
    const char* method;
    const char* target;
    const char* path;
    const char* query;
    const char* host;
  };
  for (const auto& [method, target, path, query, host] : {
           vector{"GET", "/", "/", "", "field"},
           vector{"GET", "/rooms/a%20b?x=1?y", "/rooms/a%20b", "x=1?y", "field"},
           vector{"GET", "/?", "/", "", "field"},
           vector{"GET", "//double/http://x", "//double/http://x", "", "field"},
           vector{"GET", "http://example.com:80/a?b", "/a", "b", "example.com:80"},
           vector{"GET", "WS://example.com", "/", "", "example.com"},
           vector{"GET", "https://example.com?b", "/", "b", "example.com"},
           vector{"OPTIONS", "*", "*", "", "field"},
           vector{"CONNECT", "example.com:443", "", "", "example.com:443"},
       }) {
    CAPTURE(target);
    request head;
    head.method = method;
    head.target = target;
    head.fields = {{"Host", "field"}};
    CHECK(head.path() == path);
    CHECK(head.query() == query);
    CHECK(head.host() == host);
  }
}

TEST_CASE("a request is written as its octets") {
  request head;
  head.method = "GET";
  head.target = "/a?b";
  head.fields = {{"Host", "example.com"}, {"Empty", ""}};
  CHECK(serialize_head(head) == "GET /a?b HTTP/1.1\r\nHost: example.com\r\nEmpty: \r\n\r\n");
}

TEST_CASE("a response is written as its octets") {
  CHECK(serialize_head(response{status::not_found, {{"A", "1"}}, "body"}) ==
        "HTTP/1.1 404 Not Found\r\nA: 1\r\n\r\n");
  CHECK(serialize_head(response{static_cast<status>(299), {}, {}}) == "HTTP/1.1 299 \r\n\r\n");
}

TEST_CASE("a method or a target that would break the request line is not written") {
  for (const char* const target : {"", "/a b", "/\r\nX: 1", "/\n", "/\xC3\xA4", "/\x7F"}) {
    CAPTURE(target);
    request head;
    head.method = "GET";
    head.target = target;
    CHECK_THROWS_AS(serialize_head(head), std::system_error);
  }
  request head;
  head.method = "GET /\r\n";
  head.target = "/";
  CHECK_THROWS_AS(serialize_head(head), std::system_error);
}

TEST_CASE("a date is written as HTTP has it") {
  CHECK(format_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(format_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(format_date(951782400) == "Tue, 29 Feb 2000 00:00:00 GMT");
  CHECK(format_date(4102444799) == "Thu, 31 Dec 2099 23:59:59 GMT");
}

TEST_CASE("every status has its registered phrase") {
  CHECK(reason_phrase(status::switching_protocols) == "Switching Protocols");
  CHECK(reason_phrase(status::upgrade_required) == "Upgrade Required");
  CHECK(reason_phrase(status::content_too_large) == "Content Too Large");
  CHECK(reason_phrase(static_cast<status>(999)).empty());
}
