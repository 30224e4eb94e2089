// Which proxy is used: its URL, and what the environment says.
#include <map>
#include <string>
#include <system_error>

#include "client/tunnel.hpp"
#include "support/catch.hpp"
#include "websock/core/error.hpp"

using namespace websock;

namespace {

using variables = std::map<std::string, std::string>;

std::optional<http::url> proxy_in(const variables& set, const std::string& target) {
  return proxy_of_environment(http::parse_url(target), [&set](const char* name) -> const char* {
    const auto found = set.find(name);
    return found == set.end() ? nullptr : found->second.c_str();
  });
}

/// The host of the proxy that is chosen; "" for none.
std::string chosen(const variables& set, const std::string& target) {
  const auto proxy = proxy_in(set, target);
  return proxy ? proxy->host : std::string{};
}

bool is_direct(const std::string& no_proxy, const std::string& target) {
  return chosen({{"all_proxy", "p"}, {"no_proxy", no_proxy}}, target).empty();
}

}  // namespace

TEST_CASE("a proxy's URL is read in parts") {
  struct vector {
    const char* text;
    const char* scheme;
    const char* userinfo;
    const char* host;
    unsigned port;
  };
  for (const auto& [text, scheme, userinfo, host, port] : {
           vector{"http://proxy.test:3128", "http", "", "proxy.test", 3128},
           vector{"http://proxy.test", "http", "", "proxy.test", 80},
           vector{"http://proxy.test/", "http", "", "proxy.test", 80},
           vector{"HTTPS://Proxy.Test", "https", "", "proxy.test", 443},
           vector{"socks5://proxy.test", "socks5", "", "proxy.test", 1080},
           vector{"socks5h://[::1]:9", "socks5h", "", "::1", 9},
           vector{"socks5://user:p%40w@127.0.0.1", "socks5", "user:p%40w", "127.0.0.1", 1080},
           vector{"proxy.test:3128", "http", "", "proxy.test", 3128},
           vector{"user:pw@proxy.test", "http", "user:pw", "proxy.test", 80},
           vector{"[::1]:3128", "http", "", "::1", 3128},
       }) {
    CAPTURE(text);
    const http::url proxy = parse_proxy(text);
    CHECK(proxy.scheme == scheme);
    CHECK(proxy.userinfo == userinfo);
    CHECK(proxy.host == host);
    CHECK(proxy.port == port);
  }
}

TEST_CASE("a bad proxy is refused with what is wrong and where, and without the userinfo") {
  struct vector {
    std::string text;
    const char* problem;
  };
  for (const auto& [text, problem] : {
           vector{"socks4://secret:secret@h",
                  "proxy, at offset 0: a proxy's URL starts with http://, https://, socks5://"},
           vector{"ws://secret@h", "offset 0: a proxy's URL starts with"},
           vector{"", "offset 0: the host is empty; write one, as in http://example.com/"},
           vector{"socks5://", "offset 9: the host is empty; write one, as in socks5://"},
           vector{"http://h/path", "offset 8: nothing may stand behind the host and the port"},
           vector{"http://h?x", "offset 8: nothing may stand behind"},
           vector{"http://h#x", "offset 8: a fragment"},
           vector{"http://secret@h:0", "a port is a number from 1 to 65535"},
           vector{"http://secret@h:99999", "a port is a number from 1 to 65535"},
           vector{"http://a b", "octet 0x20 is not allowed in a host"},
           vector{"http://[::1", "not an IPv6 address in brackets"},
           vector{"socks5://secret@h", "have 1 to 255 octets each (RFC 1929)"},
           vector{"socks5://:secret@h", "have 1 to 255 octets each"},
           vector{"socks5://secret:" + std::string(256, 'x') + "@h", "have 1 to 255 octets each"},
           vector{"http://secret%3A:x@h", "a user name cannot have a ':'"},
           vector{"http://secret%0D%0A:x@h", "cannot have control characters"},
       }) {
    CAPTURE(text);
    try {
      parse_proxy(text);
      FAIL("no exception");
    } catch (const std::system_error& error) {
      const bool expected = error.code() == errc::url_invalid || error.code() == errc::field_invalid;
      CHECK(expected);
      CHECK_THAT(error.what(), Catch::Contains(problem));
      CHECK_THAT(error.what(), !Catch::Contains("secret"));
    }
  }
}

TEST_CASE("each scheme has its variables, and they an order") {
  variables set{{"all_proxy", "all"}};
  CHECK(chosen(set, "ws://h") == "all");
  CHECK(chosen(set, "wss://h") == "all");
  set["http_proxy"] = "http";
  set["https_proxy"] = "https";
  CHECK(chosen(set, "ws://h") == "http");
  CHECK(chosen(set, "http://h") == "http");
  CHECK(chosen(set, "wss://h") == "https");
  CHECK(chosen(set, "https://h") == "https");
  set["ws_proxy"] = "ws";
  set["wss_proxy"] = "wss";
  CHECK(chosen(set, "ws://h") == "ws");
  CHECK(chosen(set, "wss://h") == "wss");
  CHECK(chosen({}, "ws://h") == "");
  CHECK(chosen({{"https_proxy", "https"}}, "ws://h") == "");
}

TEST_CASE("lower case goes before upper case, and empty is not set") {
  CHECK(chosen({{"wss_proxy", "low"}, {"WSS_PROXY", "up"}}, "wss://h") == "low");
  CHECK(chosen({{"wss_proxy", ""}, {"WSS_PROXY", "up"}}, "wss://h") == "up");
  CHECK(chosen({{"HTTPS_PROXY", "up"}, {"all_proxy", "all"}}, "wss://h") == "up");
  CHECK(chosen({{"all_proxy", "p"}, {"NO_PROXY", "h"}}, "ws://h") == "");
}

TEST_CASE("HTTP_PROXY may come from a CGI program's client, and is not looked at") {
  CHECK(chosen({{"HTTP_PROXY", "evil"}}, "ws://h") == "");
  CHECK(chosen({{"HTTP_PROXY", "evil"}, {"ALL_PROXY", "all"}}, "ws://h") == "all");
}

TEST_CASE("a Unix socket has no proxy") { CHECK(chosen({{"all_proxy", "p"}}, "ws+unix:/run/x.sock") == ""); }

TEST_CASE("a bad proxy of the environment is an error that names the variable") {
  CHECK_THROWS_WITH(chosen({{"HTTPS_PROXY", "ftp://h"}}, "wss://h"),
                    Catch::Contains("HTTPS_PROXY, at offset 0: "));
}

TEST_CASE("no_proxy names hosts that are reached directly") {
  struct vector {
    const char* no_proxy;
    const char* target;
    bool direct;
  };
  for (const auto& [no_proxy, target, direct] : {
           vector{"*", "ws://example.com", true},
           vector{"*", "ws://[::1]", true},
           vector{"", "ws://example.com", false},
           vector{",, ,", "ws://example.com", false},
           vector{"example.com", "ws://example.com", true},
           vector{"example.com", "ws://a.b.example.com", true},
           vector{".example.com", "ws://example.com", true},
           vector{".example.com", "ws://a.example.com", true},
           vector{"*.example.com", "ws://a.example.com", true},
           vector{"Example.COM.", "ws://example.com", true},
           vector{"example.com", "ws://example.com.", true},
           vector{"example.com", "ws://badexample.com", false},
           vector{"example.com", "ws://example.com.evil", false},
           vector{"a.example.com", "ws://example.com", false},
           vector{".", "ws://example.com", false},
           vector{"other, example.com", "ws://example.com", true},
           vector{"other example.com", "ws://example.com", true},
           vector{"example.com:8080", "ws://example.com:8080", true},
           vector{"example.com:80", "ws://example.com", true},
           vector{"example.com:80", "wss://example.com", false},
           vector{"example.com:", "ws://example.com", false},
           vector{"example.com:x", "ws://example.com", false},
           vector{"127.0.0.1", "ws://127.0.0.1", true},
           vector{"127.0.0.1:80", "ws://127.0.0.1", true},
           vector{"127.0.0.1:81", "ws://127.0.0.1", false},
           vector{"0.0.1", "ws://127.0.0.1", false},
           vector{"::1", "ws://[::1]", true},
           vector{"[::1]", "ws://[::1]", true},
           vector{"[::1]:80", "ws://[::1]", true},
           vector{"[::1]:81", "ws://[::1]", false},
           vector{"0:0:0:0:0:0:0:1", "ws://[::1]", true},
           vector{"2001:db8::1", "ws://[::1]", false},
           vector{"[", "ws://[::1]", false},
           vector{"10.0.0.0/8", "ws://10.255.0.1", true},
           vector{"10.0.0.0/8", "ws://11.0.0.1", false},
           vector{"10.128.0.0/9", "ws://10.127.0.1", false},
           vector{"10.128.0.0/9", "ws://10.128.0.1", true},
           vector{"192.0.2.4/32", "ws://192.0.2.4", true},
           vector{"192.0.2.4/32", "ws://192.0.2.5", false},
           vector{"0.0.0.0/0", "ws://192.0.2.5", true},
           vector{"0.0.0.0/0", "ws://[::1]", false},
           vector{"0.0.0.0/0", "ws://example.com", false},
           vector{"10.0.0.0/33", "ws://10.0.0.0", false},
           vector{"10.0.0.0/", "ws://10.0.0.0", false},
           vector{"10.0.0.0/-1", "ws://10.0.0.0", false},
           vector{"/8", "ws://10.0.0.0", false},
           vector{"fd00::/8", "ws://[fdff::1]", true},
           vector{"fd00::/8", "ws://[fe00::1]", false},
           vector{"2001:db8::/33", "ws://[2001:db8:7fff::1]", true},
           vector{"2001:db8::/33", "ws://[2001:db8:8000::1]", false},
           vector{"::/0", "ws://[2001:db8::1]", true},
           vector{"::1/128", "ws://[::1]", true},
           vector{"::1/129", "ws://[::1]", false},
       }) {
    CAPTURE(no_proxy, target);
    CHECK(is_direct(no_proxy, target) == direct);
  }
}
