#include "script/step_reader.hpp"

#include <array>
#include <limits>
#include <span>

#include "script/payload_reader.hpp"
#include "script/rows.hpp"

namespace conformance {
namespace {

using websock::config_key;
using websock::config_node;

constexpr auto any_number = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t many = 10'000'000;

struct opcode_name {
  std::string_view name;
  std::uint8_t value;
};
constexpr std::array<opcode_name, 6> opcode_names{
    {{"continuation", 0}, {"text", 1}, {"binary", 2}, {"close", 8}, {"ping", 9}, {"pong", 10}}};

std::uint8_t read_opcode(const config_node& at) {
  if (at.value().is_number()) return static_cast<std::uint8_t>(at.number(0, 15));
  for (const auto& [name, value] : opcode_names) {
    if (at.value().is_string() && at.text() == name) return value;
  }
  at.fail_expected("continuation, text, binary, close, ping, pong or a number from 0 to 15");
}

std::string read_key(const config_node& at) {
  std::string key = read_hex(at);
  if (key.size() != 4) at.fail_expected("four octets in hex");
  return key;
}

std::uint8_t read_length_bits(const config_node& at) {
  if (at.value() != 7 && at.value() != 16 && at.value() != 64) at.fail_expected("7, 16 or 64");
  return static_cast<std::uint8_t>(at.number(7, 64));
}

constexpr config_key<frame_step> frame_keys[] = {
    {"opcode", [](const config_node& at, frame_step& into) { into.opcode = read_opcode(at); }},
    {"payload", [](const config_node& at, frame_step& into) { into.content = read_payload(at); }},
    {"fin", [](const config_node& at, frame_step& into) { into.fin = at.flag(); }},
    {"rsv", [](const config_node& at,
               frame_step& into) { into.reserved = static_cast<std::uint8_t>(at.number(0, 7)); }},
    {"masked", [](const config_node& at, frame_step& into) { into.masked = at.flag(); }},
    {"key", [](const config_node& at, frame_step& into) { into.key = read_key(at); }},
    {"length", [](const config_node& at, frame_step& into) { into.length = at.number(0, any_number); }},
    {"length_bits", [](const config_node& at, frame_step& into) { into.length_bits = read_length_bits(at); }},
    {"chop", [](const config_node& at, frame_step& into) { into.chop = at.number(0, any_number); }},
    {"sync", [](const config_node& at, frame_step& into) { into.sync = at.flag(); }},
};

// Those of a message, and behind them those of an echo alone.
constexpr config_key<echo_step> echo_keys[] = {
    {"text", [](const config_node& at, echo_step& into) { into.message.content = read_payload(at); }},
    {"binary",
     [](const config_node& at, echo_step& into) {
       into.message.binary = true;
       into.message.content = read_payload(at);
     }},
    {"fragment",
     [](const config_node& at, echo_step& into) { into.message.fragment = at.number(0, any_number); }},
    {"chop", [](const config_node& at, echo_step& into) { into.message.chop = at.number(0, any_number); }},
    {"compressed", [](const config_node& at, echo_step& into) { into.message.compressed = at.flag(); }},
    {"times", [](const config_node& at, echo_step& into) { into.times = at.number(1, many); }},
    {"within", [](const config_node& at, echo_step& into) { into.within = at.time(); }},
};
constexpr std::size_t message_key_count = 5;

echo_step read_echo(const config_node& at, std::span<const config_key<echo_step>> keys) {
  echo_step echo;
  at.read<echo_step>(keys, echo);
  if (at.has("text") == at.has("binary")) at.fail("expected either \"text\" or \"binary\"");
  return echo;
}

script_step read_message_step(const config_node& at) {
  return read_echo(at, std::span{echo_keys}.first(message_key_count)).message;
}

script_step read_echo_step(const config_node& at) { return read_echo(at, echo_keys); }

script_step read_frame_step(const config_node& at) {
  frame_step frame;
  at.read<frame_step>(frame_keys, frame);
  return frame;
}

constexpr config_key<octets_step> octets_keys[] = {
    {"payload", [](const config_node& at, octets_step& into) { into.content = read_payload(at); }},
    {"chop", [](const config_node& at, octets_step& into) { into.chop = at.number(0, any_number); }},
};

script_step read_octets_step(const config_node& at) {
  octets_step octets;
  (void)at.member("payload");
  at.read<octets_step>(octets_keys, octets);
  return octets;
}

constexpr config_key<wait_step> wait_keys[] = {
    {"time", [](const config_node& at, wait_step& into) { into.time = at.time(); }},
    {"name", [](const config_node& at, wait_step& into) { into.name = at.text(); }},
};

script_step read_wait_step(const config_node& at) {
  wait_step wait;
  if (at.value().is_string()) {
    wait.time = at.time();
  } else {
    (void)at.member("time");
    at.read<wait_step>(wait_keys, wait);
  }
  return wait;
}

script_step read_expect_step(const config_node& at) {
  expect_step expect;
  expect.what = read_event(at, true);
  if (at.has("within")) expect.within = at.member("within").time();
  return expect;
}

std::uint16_t read_code(const config_node& at) { return static_cast<std::uint16_t>(at.number(0, 65535)); }

constexpr config_key<close_step> close_keys[] = {
    {"code", [](const config_node& at, close_step& into) { into.code = read_code(at); }},
    {"reason", [](const config_node& at, close_step& into) { into.reason = read_payload(at); }},
};

script_step read_close_step(const config_node& at) {
  close_step close;
  at.read<close_step>(close_keys, close);
  return close;
}

void read_codes(const config_node& at, expect_close_step& into) {
  for (const config_node& code : at.elements()) {
    into.codes.push_back(code.value().is_null() ? std::nullopt : std::optional{read_code(code)});
  }
}

constexpr config_key<expect_close_step> expect_close_keys[] = {
    {"codes", read_codes},
    {"within", [](const config_node& at, expect_close_step& into) { into.within = at.time(); }},
    {"answer", [](const config_node& at, expect_close_step& into) { into.answer = at.flag(); }},
    {"or_end", [](const config_node& at, expect_close_step& into) { into.or_end = at.flag(); }},
};

script_step read_expect_close_step(const config_node& at) {
  expect_close_step expect;
  at.read<expect_close_step>(expect_close_keys, expect);
  return expect;
}

constexpr config_key<expect_end_step> expect_end_keys[] = {
    {"within", [](const config_node& at, expect_end_step& into) { into.within = at.time(); }},
    {"reset", [](const config_node& at, expect_end_step& into) { into.reset_allowed = at.flag(); }},
};

script_step read_expect_end_step(const config_node& at) {
  expect_end_step expect;
  at.read<expect_end_step>(expect_end_keys, expect);
  return expect;
}

script_step read_drop_step(const config_node& at) {
  if (!at.value().is_string() || (at.text() != "fin" && at.text() != "reset"))
    at.fail_expected("\"fin\" or \"reset\"");
  return drop_step{at.text() == "reset"};
}

constexpr config_key<repeat_step> repeat_keys[] = {
    {"times", [](const config_node& at, repeat_step& into) { into.times = at.number(1, many); }},
    {"steps", [](const config_node& at, repeat_step& into) { into.steps = read_steps(at); }},
};

script_step read_repeat_step(const config_node& at) {
  repeat_step repeat;
  for (const std::string_view key : {"times", "steps"}) (void)at.member(key);
  at.read<repeat_step>(repeat_keys, repeat);
  return repeat;
}

struct step_name {
  std::string_view key;
  script_step (*read)(const config_node& at);
};

constexpr std::array<step_name, 12> step_names{{
    {"frame", read_frame_step},
    {"message", read_message_step},
    {"octets", read_octets_step},
    {"wait", read_wait_step},
    {"expect", read_expect_step},
    {"echo", read_echo_step},
    {"close", read_close_step},
    {"expect_close", read_expect_close_step},
    {"expect_end", read_expect_end_step},
    {"drop", read_drop_step},
    {"reading", [](const config_node& at) -> script_step { return reading_step{at.flag()}; }},
    {"repeat", read_repeat_step},
}};

script_step read_step(const config_node& at) {
  if (at.value().is_object() && at.value().size() == 1) {
    for (const step_name& candidate : step_names) {
      if (at.has(candidate.key)) return candidate.read(at.member(candidate.key));
    }
  }
  at.fail_expected(
      "an object with one of the keys frame, message, octets, wait, expect, echo, close, expect_close, "
      "expect_end, drop, reading, repeat, each");
}

struct row_list {
  std::vector<nlohmann::json> rows;
};

constexpr config_key<row_list> each_keys[] = {
    {"each", [](const config_node& at, row_list& into) { into.rows = read_rows(at); }},
    {"steps", [](const config_node&, row_list&) {}},
};

void read_each(const config_node& at, std::vector<script_step>& into) {
  row_list list;
  at.read<row_list>(each_keys, list);
  const config_node steps = at.member("steps");
  for (const nlohmann::json& row : list.rows) {
    const nlohmann::json made = substitute(steps, row);
    for (script_step& one : read_steps(config_node{at.document(), made, steps.pointer()}))
      into.push_back(std::move(one));
  }
}

}  // namespace

std::vector<script_step> read_steps(const config_node& at) {
  std::vector<script_step> steps;
  for (const config_node& element : at.elements()) {
    if (element.has("each")) {
      read_each(element, steps);
    } else {
      steps.push_back(read_step(element));
    }
  }
  return steps;
}

}  // namespace conformance
