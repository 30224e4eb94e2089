// From paths to routes.
#include "server/router.hpp"

#include <algorithm>

#include "support/catch.hpp"

using namespace websock;

namespace {

using parameters = std::vector<std::pair<std::string, std::string>>;

struct routes {
  std::vector<std::string> patterns;
  router table;

  explicit routes(std::vector<std::string> list) : patterns{std::move(list)} {
    for (std::size_t i = 0; i < patterns.size(); ++i) REQUIRE_FALSE(table.add(patterns[i], i));
  }
  std::string find(std::string_view path) const {
    const auto found = table.find(path);
    return found ? patterns[found->route] : "none";
  }
};

}  // namespace

TEST_CASE("the_most_specific_route_wins_in_any_order") {
  std::vector<std::string> patterns{"/*",           "/{any}",         "/ws",          "/rooms/{room}",
                                    "/rooms/lobby", "/rooms/*",       "/{any}/lobby", "/rooms/{room}/members",
                                    "/files/*",     "/files/{name}/x"};
  std::ranges::sort(patterns);
  for (int round = 0; round < 50; ++round) {
    const routes table{patterns};
    CHECK(table.find("/ws") == "/ws");
    CHECK(table.find("/other") == "/{any}");
    CHECK(table.find("/other/x") == "/*");
    CHECK(table.find("/") == "/*");
    CHECK(table.find("/rooms/lobby") == "/rooms/lobby");
    CHECK(table.find("/rooms/1") == "/rooms/{room}");
    CHECK(table.find("/rooms/1/members") == "/rooms/{room}/members");
    CHECK(table.find("/rooms/lobby/members") == "/rooms/{room}/members");
    CHECK(table.find("/rooms/1/other") == "/rooms/*");
    CHECK(table.find("/rooms/") == "/rooms/*");
    CHECK(table.find("/else/lobby") == "/{any}/lobby");
    CHECK(table.find("/files/a/x") == "/files/{name}/x");
    CHECK(table.find("/files/a/y") == "/files/*");
    std::next_permutation(patterns.begin(), patterns.end());
  }
}

TEST_CASE("a_slash_at_the_end_counts") {
  const routes table{{"/ws", "/files/*", "/both", "/both/"}};
  CHECK(table.find("/ws/") == "none");
  CHECK(table.find("/files") == "none");
  CHECK(table.find("/files/") == "/files/*");
  CHECK(table.find("/both") == "/both");
  CHECK(table.find("/both/") == "/both/");
  CHECK(table.find("/") == "none");
}

TEST_CASE("parameters_are_decoded_segments") {
  const routes table{{"/rooms/{room}/{who}", "/files/{kind}/*"}};
  const auto found = table.table.find("/rooms/a%20b%2Fc/%C3%BC");
  REQUIRE(found);
  CHECK(found->parameters == parameters{{"room", "a b/c"}, {"who", "\xC3\xBC"}});
  const auto files = table.table.find("/files/css/a%20b/c.css");
  REQUIRE(files);
  CHECK(files->parameters == parameters{{"kind", "css"}, {"*", "a b/c.css"}});
  CHECK(files->rest == "a%20b/c.css");
  CHECK(table.find("/rooms//x") == "none");
}

TEST_CASE("literals_are_compared_decoded_and_with_case") {
  const routes table{{"/ws"}};
  CHECK(table.find("/w%73") == "/ws");
  CHECK(table.find("/WS") == "none");
  CHECK(table.find("/w%2fs") == "none");
}

TEST_CASE("paths_that_hide_something_match_nothing") {
  const routes table{{"/{any}", "/*"}};
  for (const auto* path : {"", "ws", "*", "/%", "/%zz", "/%00", "/..", "/a/%2e%2e/b", "/.", "/a/%2E"}) {
    CHECK(table.find(path) == "none");
  }
  CHECK(table.find("/...") == "/{any}");
}

TEST_CASE("a_lookup_takes_linear_time") {
  // Would take 2^40 steps if each parameter were tried again for each way to it.
  std::string pattern;
  for (int i = 0; i < 40; ++i) pattern += "/{p" + std::to_string(i) + "}";
  std::string literal;
  for (int i = 0; i < 40; ++i) literal += "/a";
  const routes table{{pattern + "/x", literal + "/y"}};
  CHECK(table.find(literal + "/z") == "none");
  CHECK(table.find(literal + "/x") == pattern + "/x");
  std::string many;
  for (int i = 0; i < 100'000; ++i) many += "/a";
  CHECK(table.find(many) == "none");
}

TEST_CASE("equal_patterns_are_told") {
  router table;
  CHECK_FALSE(table.add("/a/{x}", 0));
  CHECK_FALSE(table.add("/a/*", 1));
  CHECK_FALSE(table.add("/a", 2));
  CHECK(table.add("/a/{y}", 3) == std::size_t{0});
  CHECK(table.add("/a/*", 3) == std::size_t{1});
  CHECK(table.add("/a", 3) == std::size_t{2});
}

TEST_CASE("the_path_of_a_route_is_checked") {
  for (const auto* good : {"/", "/ws", "/ws/", "/{a}", "/{a}/{b-c}/*", "/*", "/a.b", "/\xC3\xBC"}) {
    CHECK_FALSE(path_problem(good));
  }
  for (const auto* bad : {"", "ws", "/a//b", "/a/*/b", "/a*", "/{}", "/{a", "/a{b}", "/{a b}", "/{a}/{a}",
                          "/a?b", "/a#b", "/a%20b", "/a b", "/a/../b", "/."}) {
    INFO(bad);
    CHECK(path_problem(bad));
  }
}
