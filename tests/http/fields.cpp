#include "websock/http/fields.hpp"

#include <system_error>

#include "support/catch.hpp"
#include "websock/core/error.hpp"

using websock::errc;
using websock::http::fields;

TEST_CASE("fields keep their order and their case, and are found without case") {
  const fields list{{"Host", "example.com"}, {"X-One", "1"}, {"x-one", "2"}};
  REQUIRE(list.size() == 3);
  CHECK(list[0].name == "Host");
  CHECK(list[2].name == "x-one");
  CHECK(list[2].value == "2");
  CHECK(list.find("HOST") == "example.com");
  CHECK(list.find("X-ONE") == "1");
  CHECK(list.count("x-One") == 2);
  CHECK_FALSE(list.find("X-Two"));
  CHECK_FALSE(list.find("X-On"));
  CHECK(list.combined("X-One") == "1, 2");
  CHECK(list.combined("X-Two").empty());
}

TEST_CASE("blanks around a value are not part of it") {
  const fields list{{"A", " \t one two\t "}, {"B", "   "}, {"C", ""}};
  CHECK(list.find("A") == "one two");
  CHECK(list.find("B") == "");
  CHECK(list.find("C") == "");
}

TEST_CASE("set replaces all lines of a name, remove drops them") {
  fields list{{"A", "1"}, {"B", "2"}, {"a", "3"}, {"C", ""}};
  list.set("A", "4");
  CHECK(list.size() == 3);
  CHECK(list.combined("A") == "4");
  CHECK(list[0].name == "B");
  CHECK(list[1].name == "C");
  list.remove("b");
  CHECK(list.size() == 2);
  list.remove("absent");
  CHECK(list.size() == 2);
  CHECK(list.find("C") == "");
}

TEST_CASE("a token is found in any line and any case, and only as a whole") {
  const fields list{{"Connection", "keep-alive ,, UPGRADE"}, {"connection", "foo\t,bar"}, {"Other", "baz"}};
  CHECK(list.has_token("Connection", "upgrade"));
  CHECK(list.has_token("Connection", "keep-alive"));
  CHECK(list.has_token("Connection", "Bar"));
  CHECK_FALSE(list.has_token("Connection", "baz"));
  CHECK_FALSE(list.has_token("Connection", "keep"));
  CHECK_FALSE(list.has_token("Connection", ""));
}

TEST_CASE("crlf_in_fields_is_rejected") {
  using namespace std::string_view_literals;
  for (const auto value : {"a\r\nInjected: 1"sv, "a\rb"sv, "a\nb"sv, "\r\n"sv, "a\0b"sv, "\0"sv, "a\x01"sv,
                           "a\x7F"sv, "a\n"sv, "\na"sv, "a\x0B"sv}) {
    CAPTURE(value);
    fields list{{"Before", "kept"}};
    CHECK_FALSE(list.try_add("Name", value));
    CHECK_THROWS_AS(list.add("Name", value), std::system_error);
    CHECK_THROWS_AS(list.set("Before", value), std::system_error);
    CHECK_THROWS_AS((fields{{"Name", value}}), std::system_error);
    CHECK(list.size() == 1);
    CHECK(list.find("Before") == "kept");
  }
  for (const auto name : {""sv, "A B"sv, "A:"sv, "A\r\n"sv, "A\n"sv, "A\0"sv, " A"sv, "A "sv, "(A)"sv,
                          "\xC3\xA4"sv, "A,B"sv, "\"A\""sv, "A\t"sv}) {
    CAPTURE(name);
    fields list;
    CHECK_FALSE(list.try_add(name, "value"));
    CHECK_THROWS_AS(list.add(name, "value"), std::system_error);
    CHECK_THROWS_AS(list.set(name, "value"), std::system_error);
    CHECK(list.empty());
  }
}

TEST_CASE("the error says which field is invalid, without its value") {
  try {
    fields{{"Authorization", "secret\n"}};
    FAIL("no exception");
  } catch (const std::system_error& error) {
    CHECK(error.code() == errc::field_invalid);
    CHECK(std::string{error.what()}.find("\"Authorization\"") != std::string::npos);
    CHECK(std::string{error.what()}.find("secret") == std::string::npos);
  }
}

TEST_CASE("tabs and octets beyond ASCII may be in a value") {
  fields list;
  CHECK(list.try_add("A", "one\ttwo \xE4\xFF"));
  CHECK(list.find("A") == "one\ttwo \xE4\xFF");
}

TEST_CASE("fields can be copied and moved") {
  fields list{{"A", "1"}, {"B", "2"}};
  const fields copy = list;
  const fields moved = std::move(list);
  CHECK(copy.find("B") == "2");
  CHECK(moved.find("A") == "1");
}
