#include <system_error>

#include "support/catch.hpp"
#include "websock/core/error.hpp"
#include "websock/http/url.hpp"

using namespace websock::http;

namespace {

struct vector {
  const char* reference;
  const char* result;
};

std::string resolved(const url& base, std::string_view reference) {
  const url result = resolve_reference(base, reference);
  const std::string userinfo = result.userinfo.empty() ? "" : result.userinfo + "@";
  return result.scheme + "://" + userinfo + result.authority() + result.target;
}

}  // namespace

// Without those whose scheme is no WebSocket's; the fragments are dropped.
TEST_CASE("the examples of RFC 3986 section 5.4 are resolved as it says") {
  const url base = parse_url("http://a/b/c/d;p?q");
  for (const auto& [reference, result] : {
           // 5.4.1. Normal Examples
           vector{"g", "http://a/b/c/g"},
           vector{"./g", "http://a/b/c/g"},
           vector{"g/", "http://a/b/c/g/"},
           vector{"/g", "http://a/g"},
           vector{"//g", "http://g/"},
           vector{"?y", "http://a/b/c/d;p?y"},
           vector{"g?y", "http://a/b/c/g?y"},
           vector{"#s", "http://a/b/c/d;p?q"},
           vector{"g#s", "http://a/b/c/g"},
           vector{"g?y#s", "http://a/b/c/g?y"},
           vector{";x", "http://a/b/c/;x"},
           vector{"g;x", "http://a/b/c/g;x"},
           vector{"g;x?y#s", "http://a/b/c/g;x?y"},
           vector{"", "http://a/b/c/d;p?q"},
           vector{".", "http://a/b/c/"},
           vector{"./", "http://a/b/c/"},
           vector{"..", "http://a/b/"},
           vector{"../", "http://a/b/"},
           vector{"../g", "http://a/b/g"},
           vector{"../..", "http://a/"},
           vector{"../../", "http://a/"},
           vector{"../../g", "http://a/g"},
           // 5.4.2. Abnormal Examples
           vector{"../../../g", "http://a/g"},
           vector{"../../../../g", "http://a/g"},
           vector{"/./g", "http://a/g"},
           vector{"/../g", "http://a/g"},
           vector{"g.", "http://a/b/c/g."},
           vector{".g", "http://a/b/c/.g"},
           vector{"g..", "http://a/b/c/g.."},
           vector{"..g", "http://a/b/c/..g"},
           vector{"./../g", "http://a/b/g"},
           vector{"./g/.", "http://a/b/c/g/"},
           vector{"g/./h", "http://a/b/c/g/h"},
           vector{"g/../h", "http://a/b/c/h"},
           vector{"g;x=1/./y", "http://a/b/c/g;x=1/y"},
           vector{"g;x=1/../y", "http://a/b/c/y"},
           vector{"g?y/./x", "http://a/b/c/g?y/./x"},
           vector{"g?y/../x", "http://a/b/c/g?y/../x"},
           vector{"g#s/./x", "http://a/b/c/g"},
           vector{"g#s/../x", "http://a/b/c/g"},
           // Whole URLs, and paths of this project's own.
           vector{"wss://h:8443/a/../b?x#y", "wss://h:8443/b?x"},
           vector{"WS://H", "ws://h/"},
           vector{"//g:8080/../x", "http://g:8080/x"},
           vector{"?", "http://a/b/c/d;p?"},
           vector{"//", nullptr},
           vector{"///x", nullptr},
           vector{"g:h", nullptr},
           vector{"http:g", nullptr},  // for strict parsers (section 5.4.2)
           vector{"mailto:a@b", nullptr},
           vector{"a b", nullptr},
           vector{"/%zz", nullptr},
           vector{"/caf\xc3\xa9", nullptr},
           vector{"/a\r\nX: y", nullptr},
       }) {
    CAPTURE(reference);
    if (result == nullptr) {
      CHECK_THROWS_AS(resolved(base, reference), std::system_error);
    } else {
      CHECK(resolved(base, reference) == result);
    }
  }
}

TEST_CASE("userinfo goes along with the authority") {
  const url base = parse_url("wss://user:pw@h/a");
  CHECK(resolved(base, "/b") == "wss://user:pw@h/b");
  CHECK(resolved(base, "//h/b") == "wss://h/b");
  CHECK(resolved(base, "wss://other@h/b") == "wss://other@h/b");
}

TEST_CASE("a reference at a Unix socket stays on it unless it names another scheme") {
  const url base = parse_url("ws+unix:/run/chat.sock:/rooms/a");
  const url next = resolve_reference(base, "../b?x");
  CHECK(next.unix_path == "/run/chat.sock");
  CHECK(next.target == "/b?x");
  CHECK_THROWS_AS(resolve_reference(base, "//h/a"), std::system_error);
  CHECK_THROWS_AS(resolve_reference(base, "///etc/passwd:/"), std::system_error);
  CHECK(resolve_reference(base, "ws://h/").unix_path.empty());
}
