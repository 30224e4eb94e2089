// The examples of RFC 6455 and the behaviours that the Autobahn testsuite asks for in its groups 1-5
// (ids as there). Group 6 is in utf8_test.cpp, group 7 in close_test.cpp.
#include <numeric>

#include "protocol/harness.hpp"

namespace websock::protocol::testing {
namespace {

const std::string five = "Hello";
const std::string protocol_error = "out 880203ea";

std::string some(std::size_t size) {
  std::string payload(size, '*');
  for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>('a' + i % 26);
  return payload;
}

TEST_CASE("The examples of RFC 6455 section 5.7", "[vectors]") {
  check({"unmasked text", "5.7", hex("81 05 48 65 6c 6c 6f"), {"text Hello"}});
  check({"fragmented text", "5.7", hex("01 03 48 65 6c  80 02 6c 6f"), {"text Hello"}});
  check({"ping", "5.7", hex("89 05 48 65 6c 6c 6f"), {"out 8a0548656c6c6f", "ping Hello"}});
  check({"pong", "5.7", hex("8a 05 48 65 6c 6c 6f"), {"pong Hello"}});
  check({"256 bytes", "5.7", hex("82 7e 01 00") + some(256), {line("binary", some(256))}});
  check({"64 KiB", "5.7", hex("82 7f 00 00 00 00 00 01 00 00") + some(65536), {line("binary", some(65536))}});
  recorder server{role::server};
  server.feed(hex("81 85 37 fa 21 3d 7f 9f 4d 51 58"));
  REQUIRE(server.log == std::vector<std::string>{"text Hello"});
}

TEST_CASE("1: messages of every form of length arrive", "[vectors]") {
  for (const std::size_t size : {0U, 1U, 2U, 3U, 4U, 7U, 8U, 15U, 16U, 17U, 124U, 125U, 126U, 127U, 128U}) {
    check({"1.1/" + std::to_string(size), "5.6", text(some(size)), {line("text", some(size))}});
    check({"1.2/" + std::to_string(size), "5.6", binary(some(size)), {line("binary", some(size))}});
  }
  for (const std::size_t size : {65535U, 65536U, 65537U}) {
    check({"1.1/" + std::to_string(size), "5.6", text(some(size)), {line("text", some(size))}});
    check({"1.2/" + std::to_string(size), "5.6", binary(some(size)), {line("binary", some(size))}});
  }
}

TEST_CASE("2: pings are answered with their payload before they are reported", "[vectors]") {
  const std::string octets = hex("00 ff fe fd fc fb 00 ff");
  check({"2.1", "5.5.2", ping(""), {"out 8a00", "ping"}});
  check(
      {"2.2", "5.5.2", ping("Hello, world!"), {"out 8a0d48656c6c6f2c20776f726c6421", "ping Hello, world!"}});
  check({"2.3", "5.5.2", ping(octets), {"out 8a08" + to_hex(octets), "ping " + octets}});
  check({"2.4", "5.5.2", ping(some(125)), {"out 8a7d" + to_hex(some(125)), "ping " + some(125)}});
  check({"2.5", "5.5", ping(some(126)), {protocol_error, "failure control_frame_too_long"}});
  check({"2.7", "5.5.3", pong(""), {"pong"}});
  check({"2.8", "5.5.3", pong("unsolicited"), {"pong unsolicited"}});
  check({"2.9", "5.5.3", pong("unsolicited") + ping("b"), {"pong unsolicited", "out 8a0162", "ping b"}});
  std::string ten;
  std::vector<std::string> log;
  for (char c = '0'; c <= '9'; ++c) {
    ten += ping(std::string(1, c));
    log.push_back("out 8a01" + to_hex(std::string(1, c)));
    log.push_back(std::string("ping ") + c);
  }
  check({"2.10", "5.5.2", ten, log});
}

TEST_CASE("3: reserved bits fail the connection, what came before is delivered", "[vectors]") {
  for (unsigned bits = 1; bits <= 7; ++bits) {
    const std::string id = "3." + std::to_string(bits);
    for (const unsigned kind : {0x81U, 0x82U, 0x01U, 0x80U, 0x88U, 0x89U, 0x8AU}) {
      check({id,
             "5.2",
             text(five) + frame(kind | bits << 4U, five) + text(five),
             {"text Hello", protocol_error, "failure reserved_bits_set"}});
    }
  }
}

TEST_CASE("4: reserved opcodes fail the connection", "[vectors]") {
  for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
    const std::string id = "4/" + std::to_string(opcode);
    const std::vector<std::string> failed{protocol_error, "failure reserved_opcode"};
    check({id + " empty", "5.2", frame(0x80U | opcode, ""), failed});
    check({id + " payload", "5.2", frame(0x80U | opcode, "reserved"), failed});
    check({id + " without FIN", "5.2", frame(opcode, "reserved"), failed});
    check({id + " in between",
           "5.2",
           text(five) + frame(0x80U | opcode, "") + ping(""),
           {"text Hello", protocol_error, "failure reserved_opcode"}});
  }
}

TEST_CASE("5: fragmentation", "[vectors]") {
  const std::string one = "fragment1";
  const std::string two = "fragment2";
  const std::string whole = "text fragment1fragment2";
  const std::string answer = "out 8a01" + to_hex("p");
  const std::vector<std::string> continuation{protocol_error, "failure unexpected_continuation"};
  check({"5.1", "5.4", frame(0x09, one) + last(two), {protocol_error, "failure fragmented_control_frame"}});
  check({"5.2", "5.4", frame(0x0A, one) + last(two), {protocol_error, "failure fragmented_control_frame"}});
  check({"close", "5.4", frame(0x08, ""), {protocol_error, "failure fragmented_control_frame"}});
  check({"5.3", "5.4", first_text(one) + last(two), {whole}});
  check({"5.6", "5.4", first_text(one) + ping("p") + last(two), {answer, "ping p", whole}});
  check({"5.9", "5.4", last(one) + text(five), continuation});
  check({"5.12", "5.4", middle(one) + text(five), continuation});
  check({"5.15",
         "5.4",
         first_text(one) + last(two) + middle(one) + text(two),
         {whole, protocol_error, "failure unexpected_continuation"}});
  check({"5.16", "5.4", middle(one) + first_text(one) + last(two), continuation});
  check({"5.18", "5.4", first_text(one) + text(two), {protocol_error, "failure continuation_expected"}});
  check({"5.18 binary",
         "5.4",
         first_text(one) + binary(two),
         {protocol_error, "failure continuation_expected"}});
  check({"5.19",
         "5.4",
         first_text(one) + middle(two) + ping("p") + middle("3") + middle("4") + ping("p") + last("5"),
         {answer, "ping p", answer, "ping p", "text fragment1fragment2345"}});
  check({"empty fragments", "5.4", first_text("") + middle("") + last(""), {"text"}});
  check({"an empty end", "5.4", first_binary("ab") + last(""), {"binary 6162"}});
  check(
      {"binary, then text", "5.4", first_binary("ab") + last("c") + text("d"), {"binary 616263", "text d"}});
}

TEST_CASE("Masking is checked by role", "[vectors]") {
  recorder server{role::server};
  server.feed(text("x"));
  REQUIRE(server.log == std::vector<std::string>{protocol_error, "failure unmasked_frame"});
  recorder client{role::client};
  client.feed(masked(text("x")));
  REQUIRE(client.log == std::vector<std::string>{protocol_error, "failure masked_frame"});
}

TEST_CASE("What is sent is framed with the shortest length", "[vectors]") {
  for (const role role : {role::server, role::client}) {
    recorder sender{role};
    for (const std::size_t size : {0U, 125U, 126U, 65535U, 65536U}) {
      REQUIRE(!sender.endpoint.send(opcode::binary, as_bytes(some(size))));
      sender.drain();
      REQUIRE(sender.log.back() == line("out", binary(some(size))));
    }
  }
}

TEST_CASE("What one role sends the other one receives", "[vectors]") {
  for (const role role : {role::server, role::client}) {
    connection sender{role, {}};
    recorder receiver{role == role::server ? role::client : role::server};
    REQUIRE(!sender.send(opcode::text, as_bytes("whole")));
    REQUIRE(!sender.send_fragment(opcode::binary, as_bytes("in "), false));
    REQUIRE(!sender.ping(as_bytes("between")));
    REQUIRE(!sender.send_fragment(opcode::continuation, as_bytes("parts"), true));
    REQUIRE(!sender.pong({}));
    receiver.feed(as_text(sender.output()));
    REQUIRE(receiver.log == std::vector<std::string>{"text whole", "out 8a07" + to_hex("between"),
                                                     "ping between", "binary " + to_hex("in parts"), "pong"});
  }
}

TEST_CASE("Fragments are sent in order or refused", "[vectors]") {
  connection server{role::server, {}};
  const bytes_view some_bytes = as_bytes("x");
  REQUIRE(server.send_fragment(opcode::continuation, some_bytes, true) == errc::argument_invalid);
  REQUIRE(server.send_fragment(opcode::ping, some_bytes, true) == errc::argument_invalid);
  REQUIRE(server.send(opcode::continuation, some_bytes) == errc::argument_invalid);
  REQUIRE(server.send(opcode::connection_close, some_bytes) == errc::argument_invalid);
  REQUIRE(!server.send_fragment(opcode::text, some_bytes, false));
  const std::size_t before = server.output().size();
  REQUIRE(server.send_fragment(opcode::text, some_bytes, false) == errc::argument_invalid);
  REQUIRE(server.send(opcode::text, some_bytes) == errc::argument_invalid);
  REQUIRE(server.send(opcode::continuation, some_bytes) == errc::argument_invalid);
  REQUIRE(server.send_head(opcode::text, 1) == errc::argument_invalid);
  REQUIRE(server.output().size() == before);
  REQUIRE(!server.send_fragment(opcode::continuation, some_bytes, true));
  REQUIRE(!server.send(opcode::text, some_bytes));
}

TEST_CASE("A head alone announces a payload that the caller writes", "[vectors]") {
  recorder server{role::server};
  REQUIRE(!server.endpoint.send_head(opcode::binary, 65536));
  REQUIRE(server.endpoint.send_head(opcode::binary, ~std::uint64_t{0}) == errc::argument_invalid);
  server.drain();
  REQUIRE(server.log == std::vector<std::string>{"out 827f0000000000010000"});
  connection client{role::client, {}};
  REQUIRE(client.send_head(opcode::binary, 1) == errc::argument_invalid);
  REQUIRE(client.output().empty());
}

TEST_CASE("Output may be taken in any pieces", "[vectors]") {
  connection server{role::server, {}};
  std::string expected;
  std::string taken;
  for (std::size_t i = 0; i < 200; ++i) {
    const std::string payload = some(i);
    expected += binary(payload);
    REQUIRE(!server.send(opcode::binary, as_bytes(payload)));
    const std::size_t count = std::min<std::size_t>(server.output().size(), i * 7 % 150);
    taken += as_text(server.output().first(count));
    server.consume_output(count);
  }
  taken += as_text(server.output());
  server.consume_output(server.output().size());
  REQUIRE(server.output().empty());
  REQUIRE(taken == expected);
}

}  // namespace
}  // namespace websock::protocol::testing
