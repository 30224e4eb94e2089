// Random conversations with fixed seeds: however they are fragmented and split, the events are the same.
#include <algorithm>
#include <random>

#include "protocol/harness.hpp"

namespace websock::protocol::testing {
namespace {

class conversation {
 public:
  explicit conversation(unsigned seed) : random_{seed} {
    const std::size_t messages = below(12);
    for (std::size_t i = 0; i < messages; ++i) add_message();
    const unsigned code = 3000 + static_cast<unsigned>(below(2000));
    frames += close(code, "done");
    log.push_back(line("out", close(code, "done")));
    log.push_back("close " + std::to_string(code) + " done");
  }

  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>{0, bound - 1}(random_);
  }

  std::string frames;
  std::vector<std::string> log;

 private:
  std::string payload(bool is_text) {
    static const std::vector<std::string> letters{"a", "Z", " ", "é", "€", "𐍈", "日本"};
    constexpr std::size_t sizes[] = {1, 2, 20, 130, 3000, 20'000, 70'000};
    const std::size_t size = below(sizes[below(std::size(sizes))]);
    std::string result;
    while (result.size() < size) {
      result += is_text ? letters[below(letters.size())] : std::string(1, static_cast<char>(below(256)));
    }
    return result;
  }

  void add_message() {
    const bool is_text = below(2) == 0;
    const std::string content = payload(is_text);
    std::string_view rest = content;
    unsigned kind = is_text ? 1 : 2;
    while (below(3) != 0) {
      const std::size_t size = below(rest.size() + 1);
      frames += frame(kind, rest.substr(0, size));
      rest.remove_prefix(size);
      kind = 0;
      if (below(2) == 0) add_control();
    }
    frames += frame(0x80U | kind, rest);
    log.push_back(line(is_text ? "text" : "binary", content));
    if (below(3) == 0) add_control();
  }

  void add_control() {
    const std::string content(below(126), static_cast<char>('a' + below(26)));
    const bool is_ping = below(2) == 0;
    frames += is_ping ? ping(content) : pong(content);
    if (is_ping) log.push_back(line("out", pong(content)));
    log.push_back(line(is_ping ? "ping" : "pong", content));
  }

  std::mt19937 random_;
};

TEST_CASE("Random conversations give the same events however they are split", "[property]") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    conversation talk{seed};
    for (const role role : {role::server, role::client}) {
      const std::string in = role == role::server ? masked(talk.frames, seed) : talk.frames;
      for (const std::size_t largest : {in.size(), std::size_t{7}, std::size_t{200}, std::size_t{9000}}) {
        for (const bool direct : {false, true}) {
          recorder receiver{role};
          for (std::size_t at = 0; at < in.size();) {
            const std::size_t size = std::min(in.size() - at, 1 + talk.below(largest));
            receiver.feed(std::string_view{in}.substr(at, size), direct);
            at += size;
          }
          INFO("seed " << seed << ", pieces up to " << largest << (direct ? ", direct" : ""));
          REQUIRE(receiver.log == talk.log);
        }
      }
    }
  }
}

TEST_CASE("Random octets never do more than fail the connection", "[property]") {
  std::mt19937 random{404};
  for (int i = 0; i < 20'000; ++i) {
    std::string octets(1 + random() % 60, '\0');
    std::ranges::generate(octets, [&] { return static_cast<char>(random()); });
    if (i % 4 != 0) octets[0] = static_cast<char>(octets[0] & '\x8F');
    const role role = i % 2 == 0 ? role::server : role::client;
    recorder whole{role, {.message = 1000}};
    whole.feed(octets, true);
    recorder split{role, {.message = 1000}};
    for (const char octet : octets) split.feed({&octet, 1});
    REQUIRE(whole.log == split.log);
    REQUIRE(whole.endpoint.state() == split.endpoint.state());
  }
}

}  // namespace
}  // namespace websock::protocol::testing
