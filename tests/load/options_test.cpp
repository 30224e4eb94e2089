// The command line: what it means, and what it does not take.
#include "options.hpp"

#include <initializer_list>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace std::chrono_literals;
using load::run_kind;

namespace {

load::options parse(std::initializer_list<const char*> words) {
  CLI::App app;
  std::vector<const char*> line{"websock-load", "ws://127.0.0.1:1/"};
  line.insert(line.end(), words);
  return load::parse_options(app, static_cast<int>(line.size()), line.data());
}

std::string problem_of(std::initializer_list<const char*> words) {
  try {
    parse(words);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("without options it is a closed loop of one small message, looked at in full") {
  const auto wanted = parse({});
  CHECK(wanted.url == "ws://127.0.0.1:1/");
  CHECK(wanted.kind == run_kind::closed_loop);
  CHECK(wanted.connections == 1);
  CHECK(wanted.size == 64);
  CHECK(wanted.depth == 1);
  CHECK(wanted.type == websock::opcode::binary);
  CHECK(wanted.payload == load::payload_kind::random);
  CHECK(wanted.verify == load::verification::full);
  CHECK(wanted.duration == 10s);
  CHECK_FALSE(wanted.connect.session.permessage_deflate);
  CHECK(wanted.connect.tls.verify_peer);
  CHECK(wanted.connect.session.keepalive.ping_interval == websock::no_timeout);
}

TEST_CASE("sizes have units of either kind") {
  CHECK(parse({"--size", "0"}).size == 0);
  CHECK(parse({"--size", "16k"}).size == 16'384);
  CHECK(parse({"--size", "1M"}).size == 1'048'576);
  CHECK(parse({"--size", "64KiB"}).size == 65'536);
  for (const char* wrong : {"", "k", "-1", "1x", "257m", "99999999999999999999", "1.5k"}) {
    CAPTURE(wrong);
    CHECK_THAT(problem_of({"--size", wrong}), Catch::Matchers::Contains("--size"));
  }
}

TEST_CASE("the session takes messages that are as large as what is sent") {
  CHECK(parse({"--size", "100m"}).connect.session.limits.message == 100 << 20);
}

TEST_CASE("text is JSON unless told otherwise, and never random") {
  CHECK(parse({"--type", "text"}).payload == load::payload_kind::json);
  CHECK(parse({"--type", "text", "--payload", "utf8"}).payload == load::payload_kind::utf8);
  CHECK_THAT(problem_of({"--type", "text", "--payload", "random"}), Catch::Matchers::Contains("no text"));
}

TEST_CASE("a rate makes it an open loop, in which more may be in flight") {
  const auto wanted = parse({"--rate", "2500.5"});
  CHECK(wanted.kind == run_kind::open_loop);
  CHECK(wanted.rate == 2500.5);
  CHECK(wanted.depth == 64);
  CHECK(parse({"--rate", "10", "--depth", "3"}).depth == 3);
}

TEST_CASE("idle connections and cycles of connections") {
  const auto idle = parse({"--idle", "1000", "--touch", "--sources", "4"});
  CHECK(idle.kind == run_kind::idle);
  CHECK(idle.connections == 1000);
  CHECK(idle.touch);
  CHECK(load::source_address(idle, 0) == "127.0.0.2");
  CHECK(load::source_address(idle, 5) == "127.0.0.3");
  CHECK(load::source_address(parse({}), 5).empty());
  CHECK(parse({"--connect-rate", "--connections", "8"}).kind == run_kind::connect);
}

TEST_CASE("what contradicts itself is refused") {
  CHECK(problem_of({"--rate", "1", "--idle", "5"}) != "none");
  CHECK(problem_of({"--connect-rate", "--idle", "5"}) != "none");
  CHECK(problem_of({"--touch"}) != "none");
  CHECK(problem_of({"--level", "3"}) != "none");
  CHECK_THAT(problem_of({"--idle", "5", "--connections", "5"}), Catch::Matchers::Contains("--idle"));
  CHECK_THAT(problem_of({"--threads", "2"}), Catch::Matchers::Contains("--threads"));
}

TEST_CASE("what is out of range is refused, with its name") {
  using words = std::initializer_list<const char*>;
  for (const words& wrong : {words{"--connections", "0"}, words{"--depth", "0"}, words{"--depth", "65537"},
                             words{"--threads", "0"}, words{"--sources", "251"}, words{"--rate", "0"},
                             words{"--messages", "0"}, words{"--duration", "0s"}, words{"--duration", "none"},
                             words{"--warm-up", "5"}, words{"--type", "fish"}, words{"--payload", "fish"},
                             words{"--verify", "half"}, words{"--pid", "999999999"}}) {
    CAPTURE(*wrong.begin());
    CHECK_THAT(problem_of(wrong), Catch::Matchers::Contains(*wrong.begin()));
  }
  CHECK_THAT(problem_of({"--deflate", "--level", "10"}), Catch::Matchers::Contains("--level"));
  CHECK_THAT(problem_of({"--deflate", "--server-max-window-bits", "7"}),
             Catch::Matchers::Contains("window bits"));
}

TEST_CASE("parameters of permessage-deflate") {
  const auto deflate = parse({"--deflate", "--level", "3", "--memory-level", "5", "--threshold", "0",
                              "--server-max-window-bits", "10", "--client-max-window-bits", "11",
                              "--server-no-context-takeover", "--client-no-context-takeover"})
                           .connect.session.permessage_deflate;
  REQUIRE(deflate);
  CHECK(deflate->level == 3);
  CHECK(deflate->memory_level == 5);
  CHECK(deflate->threshold == 0);
  CHECK(deflate->wanted == websock::protocol::deflate_parameters{true, true, 10, 11});
}
