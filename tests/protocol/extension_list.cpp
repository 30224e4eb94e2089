#include "protocol/extension_list.hpp"

#include <initializer_list>
#include <string>

#include "support/catch.hpp"

using websock::protocol::extension_list_reader;
namespace http = websock::http;

namespace {

http::fields lines(std::initializer_list<std::string_view> values) {
  http::fields fields{{"Host", "h"}};
  for (const std::string_view value : values) fields.add("Sec-WebSocket-Extensions", value);
  return fields;
}

std::string repeated(std::string_view unit, std::size_t count) {
  std::string text;
  for (std::size_t index = 0; index < count; ++index) text += unit;
  return text;
}

// What was read, with one way to write it: "a; x=1; y | b", behind it "!" when the list is malformed.
std::string read(const http::fields& fields) {
  std::string text;
  extension_list_reader list{fields};
  while (const auto name = list.next_extension()) {
    if (!text.empty()) text += " | ";
    text += *name;
    while (const auto parameter = list.next_parameter()) {
      text.append("; ").append(parameter->name);
      if (parameter->value) text.append("=").append(*parameter->value);
    }
  }
  return list.malformed() ? text + "!" : text;
}

bool is_malformed(const http::fields& fields) {
  extension_list_reader list{fields};
  while (list.next_extension()) {
  }
  return list.malformed();
}

}  // namespace

TEST_CASE("an extension list is read from left to right") {
  struct vector {
    const char* section;
    const char* value;
    const char* expected;
  };
  for (const auto& [section, value, expected] : {
           vector{"RFC 6455 9.1", "foo", "foo"},
           vector{"RFC 6455 9.1", "foo, bar; baz=2", "foo | bar; baz=2"},
           vector{"RFC 6455 9.1", "deflate-stream", "deflate-stream"},
           vector{"RFC 6455 9.1", "mux; max-channels=4; flow-control, deflate-stream",
                  "mux; max-channels=4; flow-control | deflate-stream"},
           vector{"RFC 6455 9.1", "private-extension", "private-extension"},
           vector{"RFC 7692 5.2", "permessage-foo; use_y, permessage-foo",
                  "permessage-foo; use_y | permessage-foo"},
           vector{"RFC 2616 2.1", " ,foo,,\t, bar,", "foo | bar"},             // null elements
           vector{"RFC 2616 2.1", "foo ;\ta =1 ; b= 2", "foo; a=1; b=2"},      // implied *LWS
           vector{"RFC 2616 2.2", R"(foo; a="1"; b="x\y\z")", "foo; a=1; b=xyz"},
           vector{"RFC 2616 2.2", "!#$%&'*+-.^_`|~; a=!", "!#$%&'*+-.^_`|~; a=!"},
           vector{"RFC 6455 9.1", "Foo; A=B; a=b", "Foo; A=B; a=b"},           // case is kept
       }) {
    CAPTURE(section, value);
    CHECK(read(lines({value})) == expected);
  }
}

TEST_CASE("what breaks the grammar of an extension list ends it") {
  for (const char* const value : {"",
                                  " ",
                                  ",",
                                  " , ,\t,",  // no element
                                  ";",
                                  "=",
                                  "\"",
                                  "\"foo\"",
                                  ";a",
                                  "=a",
                                  "foo bar",
                                  "foo/bar",
                                  "(foo)",
                                  "f\"o\"o",  // no token
                                  "foo;",
                                  "foo; ",
                                  "foo;;a",
                                  "foo; =1",
                                  "foo;\"a\"",
                                  "foo; a b",
                                  "foo=1",
                                  "foo; a/b",
                                  "foo; a=",
                                  "foo; a= ;b",
                                  "foo; a==1",
                                  "foo; a=1=2",
                                  "foo; a=1 2",
                                  "foo; a=(1)",
                                  "foo; a=\xC3\xA4",
                                  R"(foo; a="")",
                                  R"(foo; a=" 1")",
                                  R"(foo; a="1 2")",
                                  R"(foo; a="1,2")",
                                  R"(foo; a="1;2")",
                                  R"(foo; a="\"")",
                                  R"(foo; a="\\")",
                                  R"(foo; a="\ ")",
                                  R"(foo; a="1"2)",
                                  R"(foo; a="1""2")",
                                  R"(foo; a=1"2")",
                                  R"(foo; a=\1)",
                                  R"(foo; a=")",
                                  R"(foo; a="1)",
                                  R"(foo; a="1\)",
                                  R"(foo; a="1\")",
                                  R"(foo; a='1, bar")"}) {
    CAPTURE(value);
    CHECK(is_malformed(lines({value})));
    if (*value != '\0') CHECK(read(lines({value})).ends_with('!'));
  }
  CHECK(read(lines({"foo; a=1; b=\", bar"})) == "foo; a=1!");
  CHECK(read(lines({"foo, b r, bar"})) == "foo | b!");
}

TEST_CASE("the lines of an extension list are one list") {
  CHECK(read(lines({"foo", "bar; baz=2"})) == "foo | bar; baz=2");  // RFC 6455 section 9.1
  CHECK(read(lines({"", "foo,", ",", "bar"})) == "foo | bar");
  CHECK(read(lines({"", " ,"})) == "!");
  CHECK(read(lines({"foo", "bar;", "baz"})) == "foo | bar!");
  // No quoted string goes on in the next line: it would hold a comma then, which is no token.
  CHECK(read(lines({"foo; a=\"1", "2\", bar"})) == "foo!");
  http::fields cased = lines({"foo"});
  cased.add("sec-websocket-EXTENSIONS", "bar");
  CHECK(read(cased) == "foo | bar");
}

TEST_CASE("no line at all is no malformed list") {
  CHECK(read(lines({})).empty());
  CHECK(read({{"Sec-WebSocket-Extension", ";"}, {"X-Sec-WebSocket-Extensions", ";"}}).empty());
}

TEST_CASE("parameters that nobody reads are checked all the same") {
  CHECK_FALSE(is_malformed(lines({"foo; a=1; b, bar; c"})));
  CHECK(is_malformed(lines({"foo; a=1; b=, bar; c"})));
  CHECK(is_malformed(lines({"foo; a=1; b, bar; c d"})));
}

TEST_CASE("a reader that has come to its end stays there") {
  const http::fields fine = lines({"foo; a"});
  extension_list_reader list{fine};
  CHECK(list.next_extension() == "foo");
  CHECK(list.next_parameter()->name == "a");
  for (int again = 0; again < 2; ++again) {
    CHECK_FALSE(list.next_parameter());
    CHECK_FALSE(list.next_extension());
    CHECK_FALSE(list.malformed());
  }
  const http::fields broken = lines({"foo; a b; c, bar"});
  extension_list_reader other{broken};
  CHECK(other.next_extension() == "foo");
  CHECK(other.next_parameter()->name == "a");
  for (int again = 0; again < 2; ++again) {
    CHECK_FALSE(other.next_parameter());
    CHECK_FALSE(other.next_extension());
    CHECK(other.malformed());
  }
}

TEST_CASE("hostile extension lists are read to their end") {
  CHECK(is_malformed(lines({repeated(",", 100'000)})));
  CHECK(is_malformed(lines({repeated(";", 100'000)})));
  CHECK(is_malformed(lines({repeated("\"", 100'001)})));
  CHECK(is_malformed(lines({"foo; a=\"" + repeated("x", 100'000)})));
  CHECK(is_malformed(lines({"foo; a=\"" + repeated("\\", 100'000)})));
  CHECK(is_malformed(lines({"foo; a=\"" + repeated("\\\"", 50'000) + "\""})));
  CHECK(is_malformed(lines({"foo" + repeated("; a", 30'000) + ";"})));
  CHECK(read(lines({repeated("foo,", 10'000)})) == "foo" + repeated(" | foo", 9'999));
  CHECK(read(lines({"foo" + repeated(";a=\"\\1\"", 10'000)})) == "foo" + repeated("; a=1", 10'000));
  CHECK(read(lines({"foo; a=\"" + repeated("\\x", 50'000) + "\""})) == "foo; a=" + repeated("x", 50'000));
}
