// Attacks from published advisories of WebSocket libraries, each a test of its own.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <set>

#include "protocol/harness.hpp"

namespace websock::protocol::testing {
namespace {

using lines = std::vector<std::string>;

const std::string protocol_error = "out 880203ea";
const std::string too_big = "out 880203f1";
const std::string policy = "out 880203f0";
const std::string bad_text = "out 880203ef";

std::string for_role(role receiver, const std::string& frames) {
  return receiver == role::server ? masked(frames) : frames;
}

TEST_CASE("len64_msb_set", "[attack]") {
  for (const char* head :
       {"82 7f 80 00 00 00 00 00 00 00", "82 7f ff ff ff ff ff ff ff ff", "01 7f 80 00 00 00 00 00 00 05"}) {
    check({"without payload", "5.2", hex(head), {protocol_error, "failure length_out_of_range"}});
    check({"with payload", "5.2", hex(head) + "12345", {protocol_error, "failure length_out_of_range"}},
          {.message = unlimited});
  }
}

TEST_CASE("control_frame_extended_length", "[attack]") {
  for (const char* kind : {"88", "89", "8a"}) {
    for (const char* length :
         {"7e 00 05", "7e 00 7e", "7f 00 00 00 00 00 00 00 05", "7f ff ff ff ff ff ff ff ff"}) {
      check({kind,
             "5.5",
             hex(kind) + hex(length) + "12345",
             {protocol_error, "failure control_frame_too_long"}});
    }
  }
}

TEST_CASE("nonminimal_length", "[attack]") {
  for (const char* head : {"82 7e 00 00", "82 7e 00 7d", "81 7f 00 00 00 00 00 00 00 00",
                           "81 7f 00 00 00 00 00 00 00 7e", "82 7f 00 00 00 00 00 00 ff ff"}) {
    check({head, "5.2", hex(head) + std::string(200, 'x'), {protocol_error, "failure nonminimal_length"}});
  }
}

TEST_CASE("declared_length_never_preallocates", "[attack]") {
  const std::string head = hex("82 7f 7f ff ff ff ff ff ff ff");  // 2^63 - 1 octets
  for (const role role : {role::server, role::client}) {
    recorder receiver{role, {.message = unlimited}};
    const std::string in = for_role(role, head + std::string(100'000, 'x'));
    const std::size_t payload_at = in.size() - 100'000;
    receiver.feed(std::string_view{in}.substr(0, payload_at + 10));
    REQUIRE(receiver.endpoint.prepare().empty());
    for (std::size_t at = payload_at + 10; at < in.size();) {
      const std::size_t count = std::min<std::size_t>(999, in.size() - at);
      receiver.feed(std::string_view{in}.substr(at, count));
      at += count;
      REQUIRE(receiver.endpoint.prepare().size() <= at - payload_at);
    }
    REQUIRE(receiver.log.empty());
  }
}

TEST_CASE("oversize_closes_1009", "[attack]") {
  const limits small{.message = 10};
  const lines failed{too_big, "failure message_too_big"};
  check({"at the limit", "10.4", text("0123456789"), {"text 0123456789"}}, small);
  check({"above", "10.4", text("0123456789a"), failed}, small);
  check({"the head alone", "10.4", hex("82 7f 00 00 00 01 00 00 00 00"), failed}, small);
  check({"head over the default limit", "10.4", hex("82 7f 00 00 00 00 01 00 00 01"), failed});
  check({"fragments at the limit",
         "10.4",
         first_text("01234") + middle("") + last("56789"),
         {"text 0123456789"}},
        small);
  check({"fragments above", "10.4", first_text("01234") + middle("56789") + last("a"), failed}, small);
  check({"control frames do not count",
         "10.4",
         ping(std::string(100, 'p')) + close(),
         {"out 8a64" + to_hex(std::string(100, 'p')), "ping " + std::string(100, 'p'), "out 8800", "close"}},
        small);
  check({"each message anew",
         "10.4",
         text("0123456789") + text("0123456789"),
         {"text 0123456789", "text 0123456789"}},
        small);
}

TEST_CASE("unlimited_is_still_bounds_checked", "[attack]") {
  const limits none{.message = unlimited, .fragments = unlimited};
  const std::string longest = hex("00 7f 7f ff ff ff ff ff ff ff");
  for (const role role : {role::server, role::client}) {
    recorder receiver{role, none};
    receiver.feed(for_role(role, first_binary("abc") + longest + std::string(5000, 'x')));
    REQUIRE(receiver.log.empty());
    REQUIRE(receiver.endpoint.prepare().size() <= 5003);
  }
  check({"top bit",
         "5.2",
         first_binary("abc") + hex("00 7f ff ff ff ff ff ff ff fd"),
         {protocol_error, "failure length_out_of_range"}},
        none);
  const limits almost{.message = unlimited - 1};
  check({"sum", "5.2", first_binary("abc") + last("d"), {"binary 61626364"}}, almost);
}

TEST_CASE("million_empty_fragments", "[attack]") {
  const std::string thousand = [] {
    std::string frames;
    for (int i = 0; i < 1000; ++i) frames += middle("");
    return frames;
  }();
  for (const role role : {role::server, role::client}) {
    const std::string in = for_role(role, thousand);
    recorder limited{role};
    recorder free{role, {.fragments = unlimited}};
    limited.feed(for_role(role, first_text("a")));
    free.feed(for_role(role, first_text("a")));
    for (int i = 0; i < 1000; ++i) {
      limited.feed(in);
      free.feed(in);
    }
    REQUIRE(limited.log == lines{policy, "failure too_many_fragments"});
    REQUIRE(limited.endpoint.failure() == condition::limit_exceeded);
    REQUIRE(free.log.empty());
    free.feed(for_role(role, last("z")));
    REQUIRE(free.log == lines{"text az"});
  }
}

TEST_CASE("fragments_at_the_limit", "[attack]") {
  const limits three{.fragments = 3};
  check({"three", "10.4", first_text("a") + middle("b") + last("c") + text("d"), {"text abc", "text d"}},
        three);
  check({"four",
         "10.4",
         first_text("a") + middle("b") + middle("c") + last("d"),
         {policy, "failure too_many_fragments"}},
        three);
}

TEST_CASE("one_byte_segments", "[attack]") {
  const std::string payload(70'000, 'x');
  for (const role role : {role::server, role::client}) {
    recorder receiver{role};
    const std::string in =
        for_role(role, text(payload) + first_text("a") + ping("p") + last("b") + close(1000));
    for (const char octet : in) receiver.feed({&octet, 1});
    REQUIRE(receiver.log ==
            lines{line("text", payload), "out 8a0170", "ping p", "text ab", "out 880203e8", "close 1000"});
  }
}

TEST_CASE("every_split_point_makes_progress", "[attack]") {
  const std::string frames = text("Hello") + first_binary(std::string(126, '\0')) + ping("p") + middle("") +
                             last(std::string(300, '\x7F')) + pong("q") + close(1000, "bye");
  for (const role role : {role::server, role::client}) {
    const std::string in = for_role(role, frames);
    for (std::size_t cut = 0; cut <= in.size(); ++cut) {
      connection endpoint{role, {}};
      std::size_t events = 0;
      for (const std::string& piece : {in.substr(0, cut), in.substr(cut)}) {
        bytes_view input = as_bytes(piece);
        while (true) {
          const std::size_t before = input.size();
          const event found = endpoint.next(input);
          if (found.what == event::kind::none) break;
          REQUIRE(input.size() < before);
          ++events;
        }
        REQUIRE(input.empty());
      }
      REQUIRE(events == 5);
      REQUIRE(endpoint.state() == state::close_received);
    }
  }
}

TEST_CASE("close_reason_exact_bytes", "[attack]") {
  for (std::size_t size = 0; size <= 123; ++size) {
    for (const role role : {role::server, role::client}) {
      recorder sender{role};
      const std::string reason(size, 'r');
      REQUIRE(!sender.endpoint.close(close_code::going_away, reason));
      const std::size_t head = role == role::server ? 2 : 6;
      REQUIRE(sender.endpoint.output().size() == head + 2 + size);
      sender.drain();
      REQUIRE(sender.log == lines{line("out", close(1001, reason))});
      REQUIRE(sender.endpoint.local_close()->reason == reason);
    }
  }
}

TEST_CASE("ping_flood_without_reading", "[attack]") {
  for (const role role : {role::server, role::client}) {
    connection endpoint{role, {.buffered_control_frames = 8}};
    const auto flood = [&](int from, int to) {
      std::string frames;
      for (int i = from; i < to; ++i) frames += ping(std::to_string(i));
      const std::string in = for_role(role, frames);
      bytes_view input = as_bytes(in);
      for (int i = from; i < to; ++i) REQUIRE(endpoint.next(input).what == event::kind::ping);
    };
    const auto take = [&] {
      const std::string taken{as_text(endpoint.output())};
      endpoint.consume_output(taken.size());
      return role == role::server ? taken : unmasked(taken);
    };
    flood(1000, 1008);
    const std::size_t eight = endpoint.output().size();
    flood(1008, 9000);
    REQUIRE(endpoint.output().size() == eight);
    std::string first;
    for (int i = 1000; i < 1008; ++i) first += pong(std::to_string(i));
    REQUIRE(take() == first);
    REQUIRE(take() == pong("8999"));  // the newest of those that had to wait
    REQUIRE(take().empty());
    flood(1000, 1002);
    REQUIRE(take() == pong("1000") + pong("1001"));
  }
}

TEST_CASE("A waiting pong follows once the pongs before it are written", "[attack]") {
  connection server{role::server, {.buffered_control_frames = 1}};
  const std::string in = masked(ping("a") + ping("b"));
  bytes_view input = as_bytes(in);
  REQUIRE(server.next(input).what == event::kind::ping);
  REQUIRE(server.next(input).what == event::kind::ping);
  REQUIRE(!server.send(opcode::text, as_bytes("data")));
  server.consume_output(2);
  REQUIRE(as_text(server.output()) == "a" + text("data"));
  server.consume_output(1);
  REQUIRE(as_text(server.output()) == text("data") + pong("b"));
}

TEST_CASE("A waiting pong follows also when the output has moved in its buffer", "[attack]") {
  connection server{role::server, {.buffered_control_frames = 1}};
  REQUIRE(!server.send(opcode::text, as_bytes(std::string(40, 'x'))));
  const std::string in = masked(ping("a") + ping("b"));
  bytes_view input = as_bytes(in);
  REQUIRE(server.next(input).what == event::kind::ping);
  REQUIRE(server.next(input).what == event::kind::ping);
  server.consume_output(42);
  const std::string more = text(std::string(60, 'y'));
  REQUIRE(!server.send(opcode::text, as_bytes(more).subspan(2)));
  REQUIRE(as_text(server.output()) == pong("a") + more);
  server.consume_output(3);
  REQUIRE(as_text(server.output()) == more + pong("b"));
}

TEST_CASE("A waiting pong never follows our Close frame", "[attack]") {
  connection server{role::server, {.buffered_control_frames = 1}};
  const std::string in = masked(ping("a") + ping("b"));
  bytes_view input = as_bytes(in);
  REQUIRE(server.next(input).what == event::kind::ping);
  REQUIRE(server.next(input).what == event::kind::ping);
  REQUIRE(!server.close(close_code::normal_closure, {}));
  server.consume_output(3);
  REQUIRE(as_text(server.output()) == close(1000));
  server.consume_output(4);
  REQUIRE(server.output().empty());
}

TEST_CASE("unsolicited_and_repeated_pongs", "[attack]") {
  std::string frames = first_text("a");
  lines log;
  for (int i = 0; i < 50; ++i) {
    frames += pong("same");
    log.push_back("pong same");
  }
  log.push_back("text ab");
  check({"pongs", "5.5.3", frames + last("b"), log});
}

TEST_CASE("a_pong_is_never_answered", "[attack]") {
  for (const role role : {role::server, role::client}) {
    connection endpoint{role, {}};
    const std::string in = for_role(role, pong("") + pong(std::string(125, 'p')));
    bytes_view input = as_bytes(in);
    REQUIRE(endpoint.next(input).what == event::kind::pong);
    REQUIRE(endpoint.next(input).what == event::kind::pong);
    REQUIRE(endpoint.output().empty());
  }
}

TEST_CASE("unmasked_is_never_delivered", "[attack]") {
  for (const std::string& bad :
       {text("attack"), first_text("attack"), ping("attack"), close(1000, "attack")}) {
    recorder server{role::server};
    server.feed(masked(text("good")) + bad + masked(text("after")));
    REQUIRE(server.log == lines{"text good", protocol_error, "failure unmasked_frame"});
    REQUIRE(!server.endpoint.peer_close());
    recorder client{role::client};
    client.feed(text("good") + masked(bad) + text("after"));
    REQUIRE(client.log == lines{"text good", protocol_error, "failure masked_frame"});
  }
}

TEST_CASE("bad_utf8_is_never_delivered", "[attack]") {
  const lines failed{bad_text, "failure invalid_utf8"};
  check({"whole", "8.1", text("\xFF"), failed});
  check({"at the end", "8.1", text("attack\xC3"), failed});
  check({"over a cut", "8.1", first_text("\xC3") + last("("), failed});
  check({"unfinished over a ping",
         "8.1",
         first_text("\xC3") + ping("\xA4") + last(""),
         {"out 8a01a4", "ping \xA4", bad_text, "failure invalid_utf8"}});
  check({"in the reason", "8.1", close(1000, "\xFF"), failed});
}

TEST_CASE("control_payload_125", "[attack]") {
  const std::string longest(125, 'c');
  check({"ping", "5.5", ping(longest), {"out 8a7d" + to_hex(longest), "ping " + longest}});
  check({"pong", "5.5", pong(longest), {"pong " + longest}});
  check({"close",
         "5.5",
         close(1000, longest.substr(2)),
         {line("out", close(1000, longest.substr(2))), "close 1000 " + longest.substr(2)}});
  for (const unsigned kind : {0x88U, 0x89U, 0x8AU}) {
    check({"126", "5.5", frame(kind, longest + "c"), {protocol_error, "failure control_frame_too_long"}});
  }
  connection endpoint{role::client, {}};
  REQUIRE(!endpoint.ping(as_bytes(longest)));
  REQUIRE(endpoint.ping(as_bytes(longest + "c")) == errc::argument_invalid);
  REQUIRE(endpoint.pong(as_bytes(longest + "c")) == errc::argument_invalid);
}

TEST_CASE("a_fresh_csprng_mask_for_each_frame", "[attack]") {
  std::set<std::string> keys;
  std::size_t bits = 0;
  constexpr std::size_t frames = 4096;
  for (std::size_t i = 0; i < frames; ++i) {
    connection client{role::client, {}};
    REQUIRE(!client.send(opcode::binary, {}));
    const std::string key{as_text(client.output().subspan(2))};
    REQUIRE(key.size() == 4);
    keys.insert(key);
    for (const char octet : key)
      bits += static_cast<std::size_t>(std::popcount(static_cast<unsigned char>(octet)));
  }
  REQUIRE(keys.size() >= frames - 4);  // of 2^32: two alike are rare, and predictable ones are many
  const double share = static_cast<double>(bits) / (32.0 * frames);
  REQUIRE(share > 0.48);  // 14 standard deviations
  REQUIRE(share < 0.52);
}

TEST_CASE("A child process masks with keys of its own", "[attack]") {
  static_cast<void>(fresh_masking_key());  // both have a batch at hand
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const masking_key key = fresh_masking_key();
    const bool written = write(ends[1], &key, sizeof key) == sizeof key;
    _exit(written ? 0 : 1);
  }
  masking_key key_of_child{};
  REQUIRE(read(ends[0], &key_of_child, sizeof key_of_child) == sizeof key_of_child);
  int status = 1;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  ::close(ends[0]);
  ::close(ends[1]);
  for (int i = 0; i < 300; ++i) REQUIRE(fresh_masking_key() != key_of_child);
}

}  // namespace
}  // namespace websock::protocol::testing
