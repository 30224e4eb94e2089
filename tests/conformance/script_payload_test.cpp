// Payloads: recipes and the octets that they make; the built-in contents.
#include "conformance/script_reading.hpp"
#include "script/content.hpp"
#include "support/catch.hpp"
#include "websock/core/bytes.hpp"
#include "websock/protocol/utf8.hpp"

using namespace conformance;
using namespace std::string_literals;

namespace {

payload read_recipe(const std::string& recipe) {
  return read_step_as<octets_step>(R"({"octets": {"payload": )" + recipe + "}}").content;
}

std::string made_of(const std::string& recipe, std::uint64_t seed = 0) {
  const payload read = read_recipe(recipe);
  const std::string octets = read.make(seed);
  CHECK(read.size() == octets.size());
  return octets;
}

constexpr std::string_view names[] = {"json", "picture", "prose", "html", "utf8"};

}  // namespace

TEST_CASE("octets of every form of payload") {
  CHECK(made_of(R"("κόσμε")") == "κόσμε");
  CHECK(made_of(R"("")").empty());
  CHECK(made_of(R"({"hex": "00 fF7f"})") == "\0\xff\x7f"s);
  CHECK(made_of(R"({"hex": ""})").empty());
  CHECK(made_of(R"({"repeat": "abc", "size": 7})") == "abcabca");
  CHECK(made_of(R"({"repeat": "abc", "size": 0})").empty());
  CHECK(made_of(R"({"repeat": {"hex": "ff"}, "times": 3})") == "\xff\xff\xff");
  CHECK(made_of(R"({"repeat": "abc", "times": 0})").empty());
  CHECK(made_of(R"({"join": ["a", {"hex": "62"}, {"repeat": "c", "times": 2}, {"join": []}]})") == "abcc");
}

TEST_CASE("random octets follow from the seed alone") {
  const std::string first = made_of(R"({"random": 64})", 1);
  CHECK(first.size() == 64);
  CHECK(made_of(R"({"random": 64})", 1) == first);
  CHECK(made_of(R"({"random": 64})", 2) != first);
  CHECK(made_of(R"({"join": [{"random": 8}, {"random": 8}]})", 1).substr(0, 8) != first.substr(8, 8));
}

TEST_CASE("a piece of a content goes around its end") {
  const std::string& json = content("json");
  CHECK(made_of(R"({"content": "json", "size": 16})") == json.substr(0, 16));
  CHECK(made_of(R"({"content": "json", "size": 16, "at": 100})") == json.substr(100, 16));
  CHECK(made_of(R"({"content": "json", "size": 4, "at": 262142})") ==
        json.substr(262142) + json.substr(0, 2));
  CHECK(made_of(R"({"content": "json", "size": 300000})") == json + json.substr(0, 300000 - content_size));
  CHECK(made_of(R"({"content": "json", "size": 4, "at": 524288})") == json.substr(0, 4));
  const payload read = read_recipe(R"({"content": "utf8", "size": 16, "at": 32})");
  CHECK(read.content() == "utf8");
  CHECK(read.content_offset() == 32);
  CHECK(read_recipe(R"("json")").content().empty());
}

TEST_CASE("contents are of the size that all lengths divide, and stay as they are") {
  for (const std::string_view name : names) {
    CAPTURE(name);
    CHECK(is_content(name));
    CHECK(content(name).size() == content_size);
    CHECK(&content(name) == &content(name));
  }
  CHECK_FALSE(is_content("JSON"));
  CHECK_FALSE(is_content(""));
  CHECK(content("other").empty());
}

TEST_CASE("contents that are text can be cut at each sixteenth octet") {
  for (const std::string_view name : names) {
    if (name == "picture") continue;
    CAPTURE(name);
    const std::string& whole = content(name);
    std::size_t wrong = 0;
    for (std::size_t at = 0; at < whole.size(); at += 16) {
      const std::string_view piece = std::string_view{whole}.substr(at, 16);
      wrong += websock::protocol::is_utf8(websock::as_bytes(piece)) ? 0 : 1;
    }
    CHECK(wrong == 0);
  }
  CHECK_FALSE(websock::protocol::is_utf8(websock::as_bytes(content("picture"))));
}
