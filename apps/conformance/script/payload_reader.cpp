#include "script/payload_reader.hpp"

#include <array>
#include <limits>

#include "script/content.hpp"

namespace conformance {
namespace {

using websock::config_key;
using websock::config_node;

constexpr std::uint64_t largest_payload = 1ULL << 30;
constexpr auto any_number = std::numeric_limits<std::uint64_t>::max();

int hex_digit(char letter) noexcept {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

payload read_repeat(const config_node& at) {
  const std::string unit = read_payload(at.member("repeat")).make(0);
  if (unit.empty()) at.member("repeat").fail_expected("a payload of at least one octet");
  if (at.has("times") == at.has("size")) at.fail("expected either \"size\" or \"times\"");
  if (at.has("times")) {
    const std::uint64_t times = at.member("times").number(0, largest_payload / unit.size());
    return payload::repeated(unit, times * unit.size());
  }
  return payload::repeated(unit, at.member("size").number(0, largest_payload));
}

payload read_content(const config_node& at) {
  const config_node name = at.member("content");
  if (!is_content(name.text())) name.fail_expected("json, picture, prose, html or utf8");
  const std::uint64_t start = at.has("at") ? at.member("at").number(0, any_number) : 0;
  return payload::of_content(name.text(), at.member("size").number(0, largest_payload), start);
}

payload read_join(const config_node& at) {
  std::vector<payload> parts;
  for (const config_node& part : at.member("join").elements()) parts.push_back(read_payload(part));
  return payload::joined(std::move(parts));
}

// One of the forms, and the keys that it may have beside its own.
struct form {
  std::string_view key;
  std::array<std::string_view, 2> others;
  payload (*read)(const config_node& at);
};

constexpr std::array<form, 5> forms{{
    {"hex", {}, [](const config_node& at) { return payload{read_hex(at.member("hex"))}; }},
    {"repeat", {"size", "times"}, read_repeat},
    {"content", {"size", "at"}, read_content},
    {"random",
     {},
     [](const config_node& at) { return payload::random(at.member("random").number(0, largest_payload)); }},
    {"join", {}, read_join},
}};

void check_keys(const config_node& at, const form& chosen) {
  for (const auto& [key, ignored] : at.value().items()) {
    if (key == chosen.key || key == chosen.others[0] || key == chosen.others[1]) continue;
    at.member(key).fail("unknown key in a payload by \"" + std::string{chosen.key} + "\"");
  }
}

struct event_name {
  std::string_view key;
  event_kind kind;
};

constexpr std::array<event_name, 4> event_names{{{"message", event_kind::message},
                                                 {"ping", event_kind::ping},
                                                 {"pong", event_kind::pong},
                                                 {"timeout", event_kind::timeout}}};

}  // namespace

std::string read_hex(const config_node& at) {
  std::string octets;
  int high = -1;
  for (const char letter : at.text()) {
    if (letter == ' ') continue;
    const int digit = hex_digit(letter);
    if (digit < 0) at.fail_expected("hex digits, two an octet");
    if (high >= 0) octets.push_back(static_cast<char>(high * 16 + digit));
    high = high >= 0 ? -1 : digit;
  }
  if (high >= 0) at.fail_expected("hex digits, two an octet");
  return octets;
}

payload read_payload(const config_node& at) {
  if (at.value().is_string()) return payload{at.text()};
  for (const form& candidate : forms) {
    if (!at.has(candidate.key)) continue;
    check_keys(at, candidate);
    return candidate.read(at);
  }
  at.fail_expected("a payload: text, or an object with hex, repeat, content, random or join");
}

expected_event read_event(const config_node& at, bool may_wait) {
  expected_event event;
  for (const event_name& candidate : event_names) {
    if (!at.has(candidate.key)) continue;
    event.what = candidate.kind;
    const config_node content = at.member(candidate.key);
    event.content = event.what == event_kind::timeout ? payload{content.text()} : read_payload(content);
    if (at.has("binary")) event.binary = at.member("binary").flag();
    for (const auto& [key, ignored] : at.value().items()) {
      const bool is_known = key == candidate.key || (key == "within" && may_wait) ||
                            (key == "binary" && candidate.kind == event_kind::message);
      if (!is_known) at.member(key).fail("unknown key in the event \"" + std::string{candidate.key} + "\"");
    }
    return event;
  }
  at.fail_expected("an event: message, ping, pong or timeout");
}

}  // namespace conformance
