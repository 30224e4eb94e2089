#include "websock/http/syntax.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

using websock::http::list_reader;

namespace {

std::vector<std::string> elements(std::string_view list) {
  std::vector<std::string> all;
  for (list_reader reader{list}; const auto element = reader.next();) all.emplace_back(*element);
  return all;
}

}  // namespace

TEST_CASE("a list is cut at its commas, without blanks and empty elements") {
  using expected = std::vector<std::string>;
  CHECK(elements("") == expected{});
  CHECK(elements(" , ,\t,") == expected{});
  CHECK(elements("a") == expected{"a"});
  CHECK(elements("a,b") == expected{"a", "b"});
  CHECK(elements(" a ;x=1 ,\tb c\t, ") == expected{"a ;x=1", "b c"});
}

TEST_CASE("a comma in a quoted string does not cut a list") {
  using expected = std::vector<std::string>;
  CHECK(elements(R"(a;x="1,2", b)") == expected{R"(a;x="1,2")", "b"});
  CHECK(elements(R"(a;x="\",", b)") == expected{R"(a;x="\",")", "b"});
  CHECK(elements(R"("a, b)") == expected{R"("a, b)"});
  CHECK(elements("\"a\\") == expected{"\"a\\"});
}

TEST_CASE("tokens have no separators") {
  CHECK(websock::http::is_token("permessage-deflate"));
  CHECK(websock::http::is_token("!#$%&'*+-.^_`|~09azAZ"));
  for (const char* const text :
       {"", "a b", "a,b", "a/b", "a@b", "a=b", "a\x7F", "\xC3\xA4", "a\"", "(a)", "a:b"}) {
    CAPTURE(text);
    CHECK_FALSE(websock::http::is_token(text));
  }
}

TEST_CASE("letters are compared without case, other characters are not") {
  CHECK(websock::http::equals_ignoring_case("WebSocket", "websocket"));
  CHECK_FALSE(websock::http::equals_ignoring_case("websocket", "websockets"));
  CHECK_FALSE(websock::http::equals_ignoring_case("[", "{"));
  CHECK_FALSE(websock::http::equals_ignoring_case("@", "`"));
  CHECK_FALSE(websock::http::equals_ignoring_case("\xC4", "\xE4"));
}
