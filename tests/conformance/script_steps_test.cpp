// The steps of a script: each form, and what it leaves out.
#include "conformance/script_reading.hpp"
#include "support/catch.hpp"

using namespace conformance;
using namespace std::chrono_literals;

using codes = std::vector<std::optional<std::uint16_t>>;

TEST_CASE("a frame as it comes") {
  const auto plain = read_step_as<frame_step>(R"({"frame": {}})");
  CHECK(plain.opcode == 1);
  CHECK(plain.fin);
  CHECK(plain.reserved == 0);
  CHECK(plain.content.size() == 0);
  CHECK_FALSE(plain.masked);
  CHECK_FALSE(plain.key);
  CHECK_FALSE(plain.length);
  CHECK(plain.length_bits == 0);
  CHECK(plain.chop == 0);
  CHECK_FALSE(plain.sync);
}

TEST_CASE("a frame with all that can be wrong about it") {
  const auto frame = read_step_as<frame_step>(
      R"({"frame": {"opcode": 11, "payload": "Hi", "fin": false, "rsv": 7, "masked": false, "key": "0b f2 50 A0",
          "length": 18446744073709551615, "length_bits": 64, "chop": 1, "sync": true}})");
  CHECK(frame.opcode == 11);
  CHECK(frame.content.make(0) == "Hi");
  CHECK_FALSE(frame.fin);
  CHECK(frame.reserved == 7);
  CHECK(frame.masked == false);
  CHECK(frame.key == "\x0b\xf2\x50\xa0");
  CHECK(frame.length == 18446744073709551615ULL);
  CHECK(frame.length_bits == 64);
  CHECK(frame.chop == 1);
  CHECK(frame.sync);
}

TEST_CASE("opcodes have names") {
  const std::pair<const char*, int> known[] = {{"continuation", 0}, {"text", 1}, {"binary", 2},
                                               {"close", 8},        {"ping", 9}, {"pong", 10}};
  for (const auto& [name, opcode] : known) {
    CAPTURE(name);
    CHECK(read_step_as<frame_step>(R"({"frame": {"opcode": ")" + std::string{name} + "\"}}").opcode ==
          opcode);
  }
}

TEST_CASE("messages and octets") {
  const auto text = read_step_as<message_step>(R"({"message": {"text": "Hi"}})");
  CHECK_FALSE(text.binary);
  CHECK(text.content.make(0) == "Hi");
  CHECK(text.fragment == 0);
  CHECK(text.chop == 0);
  CHECK(text.compressed);
  const auto binary = read_step_as<message_step>(
      R"({"message": {"binary": {"hex": "00"}, "fragment": 5, "chop": 3, "compressed": false}})");
  CHECK(binary.binary);
  CHECK(binary.content.make(0) == std::string(1, '\0'));
  CHECK(binary.fragment == 5);
  CHECK(binary.chop == 3);
  CHECK_FALSE(binary.compressed);
  const auto octets = read_step_as<octets_step>(R"({"octets": {"payload": {"hex": "81"}, "chop": 9}})");
  CHECK(octets.content.make(0) == "\x81");
  CHECK(octets.chop == 9);
}

TEST_CASE("waits, with and without a name") {
  CHECK(read_step_as<wait_step>(R"({"wait": "2min"})").time == 2min);
  CHECK(read_step_as<wait_step>(R"({"wait": "2min"})").name.empty());
  const auto named = read_step_as<wait_step>(R"({"wait": {"time": "10ms", "name": "A"}})");
  CHECK(named.time == 10ms);
  CHECK(named.name == "A");
}

TEST_CASE("expected events") {
  const auto plain = read_step_as<expect_step>(R"({"expect": {"message": "Hi"}})");
  CHECK(plain.what.what == event_kind::message);
  CHECK(plain.within == 5s);
  const auto ping = read_step_as<expect_step>(R"({"expect": {"ping": "p", "within": "2s"}})");
  CHECK(ping.what.what == event_kind::ping);
  CHECK(ping.within == 2s);
}

TEST_CASE("echoes") {
  const auto plain = read_step_as<echo_step>(R"({"echo": {"text": "Hi"}})");
  CHECK(plain.times == 1);
  CHECK(plain.within == 60s);
  CHECK(plain.message.compressed);
  const auto all = read_step_as<echo_step>(
      R"({"echo": {"binary": "Hi", "fragment": 1, "chop": 2, "compressed": false, "times": 1000, "within": "1h"}})");
  CHECK(all.message.binary);
  CHECK(all.message.content.make(0) == "Hi");
  CHECK(all.message.fragment == 1);
  CHECK(all.message.chop == 2);
  CHECK_FALSE(all.message.compressed);
  CHECK(all.times == 1000);
  CHECK(all.within == 1h);
}

TEST_CASE("Close frames, ours and the subject's") {
  const auto empty = read_step_as<close_step>(R"({"close": {}})");
  CHECK_FALSE(empty.code);
  CHECK(empty.reason.size() == 0);
  const auto close = read_step_as<close_step>(R"({"close": {"code": 65535, "reason": {"hex": "ff"}}})");
  CHECK(close.code == 65535);
  CHECK(close.reason.make(0) == "\xff");
  CHECK(read_step_as<close_step>(R"({"close": {"reason": "x"}})").reason.make(0) == "x");

  const auto any = read_step_as<expect_close_step>(R"({"expect_close": {}})");
  CHECK(any.codes.empty());
  CHECK(any.within == 5s);
  CHECK(any.answer);
  CHECK_FALSE(any.or_end);
  const auto some = read_step_as<expect_close_step>(
      R"({"expect_close": {"codes": [1000, null], "within": "1s", "answer": false, "or_end": true}})");
  CHECK(some.codes == codes{1000, std::nullopt});
  CHECK(some.within == 1s);
  CHECK_FALSE(some.answer);
  CHECK(some.or_end);
}

TEST_CASE("the end of TCP, the subject's and ours") {
  CHECK(read_step_as<expect_end_step>(R"({"expect_end": {}})").within == 5s);
  CHECK_FALSE(read_step_as<expect_end_step>(R"({"expect_end": {}})").reset_allowed);
  const auto end = read_step_as<expect_end_step>(R"({"expect_end": {"within": "2s", "reset": true}})");
  CHECK(end.within == 2s);
  CHECK(end.reset_allowed);
  CHECK_FALSE(read_step_as<drop_step>(R"({"drop": "fin"})").reset);
  CHECK(read_step_as<drop_step>(R"({"drop": "reset"})").reset);
  CHECK_FALSE(read_step_as<reading_step>(R"({"reading": false})").on);
  CHECK(read_step_as<reading_step>(R"({"reading": true})").on);
}

TEST_CASE("steps again and again") {
  const auto outer = read_step_as<repeat_step>(
      R"({"repeat": {"times": 3, "steps": [{"repeat": {"times": 2, "steps": [{"drop": "fin"}]}}]}})");
  CHECK(outer.times == 3);
  REQUIRE(outer.steps.size() == 1);
  const auto& inner = std::get<repeat_step>(outer.steps[0]);
  CHECK(inner.times == 2);
  CHECK(std::holds_alternative<drop_step>(inner.steps.at(0)));
}
