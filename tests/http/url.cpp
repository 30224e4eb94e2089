#include "websock/http/url.hpp"

#include <system_error>

#include "support/catch.hpp"
#include "websock/core/error.hpp"

using namespace websock::http;

TEST_CASE("a URL is read in parts") {
  struct vector {
    const char* text;
    const char* scheme;
    const char* userinfo;
    const char* host;
    unsigned port;
    const char* target;
    const char* authority;
  };
  for (const auto& [text, scheme, userinfo, host, port, target, authority] : {
           vector{"ws://example.com", "ws", "", "example.com", 80, "/", "example.com"},
           vector{"wss://example.com/", "wss", "", "example.com", 443, "/", "example.com"},
           vector{"WSS://Example.COM:8443/Chat?X=1", "wss", "", "example.com", 8443, "/Chat?X=1",
                  "example.com:8443"},
           vector{"ws://example.com:80/", "ws", "", "example.com", 80, "/", "example.com"},
           vector{"ws://example.com:443/", "ws", "", "example.com", 443, "/", "example.com:443"},
           vector{"ws://example.com:/a", "ws", "", "example.com", 80, "/a", "example.com"},
           vector{"ws://example.com?x=1", "ws", "", "example.com", 80, "/?x=1", "example.com"},
           vector{"ws://user:p%40w@example.com/", "ws", "user:p%40w", "example.com", 80, "/", "example.com"},
           vector{"ws://[::1]/", "ws", "", "::1", 80, "/", "[::1]"},
           vector{"ws://[2001:DB8::1]:8080/a", "ws", "", "2001:db8::1", 8080, "/a", "[2001:db8::1]:8080"},
           vector{"ws://127.0.0.1:9001/a%20b", "ws", "", "127.0.0.1", 9001, "/a%20b", "127.0.0.1:9001"},
           vector{"http://under_score.local/", "http", "", "under_score.local", 80, "/", "under_score.local"},
           vector{"https://h/a:b@c/?d[]=/e?f", "https", "", "h", 443, "/a:b@c/?d[]=/e?f", "h"},
       }) {
    CAPTURE(text);
    const url parsed = parse_url(text);
    CHECK(parsed.scheme == scheme);
    CHECK(parsed.userinfo == userinfo);
    CHECK(parsed.host == host);
    CHECK(parsed.port == port);
    CHECK(parsed.target == target);
    CHECK(parsed.authority() == authority);
    CHECK(parsed.origin() == std::string{scheme} + "://" + authority);
    CHECK(parsed.unix_path.empty());
  }
}

TEST_CASE("a Unix socket's URL has a path and a target") {
  struct vector {
    const char* text;
    const char* path;
    const char* target;
  };
  for (const auto& [text, path, target] : {
           vector{"ws+unix:/run/chat.sock", "/run/chat.sock", "/"},
           vector{"ws+unix:/run/chat.sock:", "/run/chat.sock", "/"},
           vector{"ws+unix:/run/chat.sock:/a?b", "/run/chat.sock", "/a?b"},
           vector{"ws+unix:///run/chat.sock:/a:b", "/run/chat.sock", "/a:b"},
           vector{"ws+unix:/run/a%3Ab:?x", "/run/a:b", "/?x"},
       }) {
    CAPTURE(text);
    const url parsed = parse_url(text);
    CHECK(parsed.unix_path == path);
    CHECK(parsed.target == target);
    CHECK(parsed.authority() == "localhost");
  }
}

TEST_CASE("a bad URL is refused with what is wrong and where") {
  struct vector {
    const char* text;
    const char* problem;
  };
  for (const auto& [text, problem] : {
           vector{"", "offset 0: a URL starts with ws://"},
           vector{"example.com/chat", "offset 0: a URL starts with ws://"},
           vector{"ftp://example.com", "offset 0: a URL starts with ws://"},
           vector{"ws:example.com", "offset 3: \"//\""},
           vector{"ws:/example.com", "offset 3: \"//\""},
           vector{"ws://", "offset 5: the host is empty"},
           vector{"ws:///chat", "offset 5: the host is empty"},
           vector{"ws://:80/", "offset 5: the host is empty"},
           vector{"ws://user@/", "offset 10: the host is empty"},
           vector{"ws://exa mple.com/", "offset 8: octet 0x20 is not allowed in a host"},
           vector{"ws://ex\xC3\xA4mple/",
                  "offset 7: octet 0xC3 is not allowed in a host; write an international"},
           vector{"ws://a%41/", "offset 6: '%' is not allowed in a host"},
           vector{"ws://::1/", "offset 5: the host is empty"},
           vector{"ws://[::1/", "offset 5: not an IPv6 address"},
           vector{"ws://[::1]x/", "offset 5: not an IPv6 address"},
           vector{"ws://[fe80::1%25eth0]/", "offset 5: not an IPv6 address"},
           vector{"ws://[1.2.3.4]/", "offset 5: not an IPv6 address"},
           vector{"ws://h:0/", "offset 7: a port is a number from 1 to 65535"},
           vector{"ws://h:65536/", "offset 7: a port"},
           vector{"ws://h:8o/", "offset 7: a port"},
           vector{"ws://h:-1/", "offset 7: a port"},
           vector{"ws://h:1:2/", "offset 7: a port"},
           vector{"ws://h/a#b", "offset 8: a fragment is not allowed"},
           vector{"ws://h/a b", "offset 8: octet 0x20 is not allowed here; percent-encode it"},
           vector{"ws://h/a\r\nX: 1", "offset 8: octet 0x0D"},
           vector{"ws://h/a%zz", "offset 8: '%' is not allowed here"},
           vector{"ws://h/a%2", "offset 8: '%'"},
           vector{"ws://h/\xC3\xA4", "offset 7: octet 0xC3"},
           vector{"ws://us er@h/", "offset 7: octet 0x20 is not allowed in a user name"},
           vector{"ws://a@b@h/", "offset 6: '@' is not allowed in a user name"},
           vector{"ws+unix:run/chat.sock", "offset 8: an absolute path is expected"},
           vector{"ws+unix:/run/a%zz", "offset 8: the path has a broken escape"},
           vector{"ws+unix:/run/a%00", "offset 8: the path has a broken escape"},
           vector{"ws+unix:/run/a:b", "offset 15: a target starts with '/'"},
       }) {
    CAPTURE(text);
    try {
      parse_url(text);
      FAIL("no exception");
    } catch (const std::system_error& error) {
      CHECK(error.code() == websock::errc::url_invalid);
      CAPTURE(error.what());
      CHECK(std::string{error.what()}.find(problem) != std::string::npos);
    }
  }
}

TEST_CASE("an error does not repeat a password") {
  try {
    parse_url("ws://user:hunter2@h:99999/");
    FAIL("no exception");
  } catch (const std::system_error& error) {
    CHECK(std::string{error.what()}.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("a Host field is a host with an optional port") {
  const auto plain = parse_host("Example.com");
  REQUIRE(plain);
  CHECK(plain->host == "Example.com");
  CHECK_FALSE(plain->port);
  const auto ipv6 = parse_host("[::1]:8080");
  REQUIRE(ipv6);
  CHECK(ipv6->host == "::1");
  CHECK(ipv6->port == 8080);
  CHECK_FALSE(parse_host("h:")->port);
  for (const char* const text : {"", ":80", "a b", "a,b", "a/b", "user@h", "h:x", "h:0", "h:70000", "[::1",
                                 "::1", "[]", "h\t", "[::1]]", "http://h"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_host(text));
  }
}

TEST_CASE("escapes are decoded or refused") {
  CHECK(percent_decode("") == "");
  CHECK(percent_decode("a%20b%2Fc%c3%A4+") == "a b/c\xC3\xA4+");
  CHECK(percent_decode("%00") == std::string(1, '\0'));
  for (const char* const text : {"%", "%2", "a%", "%zz", "%2g", "%%20"}) {
    CAPTURE(text);
    CHECK_FALSE(percent_decode(text));
  }
}

TEST_CASE("a query is read as decoded pairs in order") {
  using pairs = std::vector<std::pair<std::string, std::string>>;
  CHECK(parse_query("") == pairs{});
  CHECK(parse_query("a=1&b=x%20y+z&a=2") == pairs{{"a", "1"}, {"b", "x y z"}, {"a", "2"}});
  CHECK(parse_query("&&flag&=v&x=1=2&") == pairs{{"flag", ""}, {"", "v"}, {"x", "1=2"}});
  CHECK(parse_query("a=100%&b=%zz") == pairs{{"a", "100%"}, {"b", "%zz"}});
}
