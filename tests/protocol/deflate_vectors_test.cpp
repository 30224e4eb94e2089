// Compressed messages in: the examples of RFC 7692, what is legal beside them, and what is not.
#include "protocol/harness.hpp"
#include "protocol/zlib_peer.hpp"

namespace websock::protocol::testing {
namespace {

using lines = std::vector<std::string>;

const std::string protocol_error = "out 880203ea";
const std::string bad_data = "out 880203ef";
const std::string too_big = "out 880203f1";

// With RSV1.
std::string deflated_text(std::string_view payload) { return frame(0xC1, payload); }
std::string deflated_binary(std::string_view payload) { return frame(0xC2, payload); }
std::string first_deflated_text(std::string_view payload) { return frame(0x41, payload); }

void with_takeover(connection& endpoint) { REQUIRE(!endpoint.enable_deflate({}, {})); }
void without_takeover(connection& endpoint) {
  REQUIRE(
      !endpoint.enable_deflate({.server_no_context_takeover = true, .client_no_context_takeover = true}, {}));
}

// Legal either way.
void check_both(const vector& vector, const limits& limits = {}) {
  check(vector, limits, with_takeover);
  check(vector, limits, without_takeover);
}

TEST_CASE("The examples of RFC 7692 section 7.2.3 inflate", "[deflate]") {
  check_both({"one block", "7.2.3.1", hex("c1 07 f2 48 cd c9 c9 07 00"), {"text Hello"}});
  check_both({"fragments", "7.2.3.1", hex("41 03 f2 48 cd 80 04 c9 c9 07 00"), {"text Hello"}});
  const std::string twice = hex("c1 07 f2 48 cd c9 c9 07 00");
  check_both({"the same again", "7.2.3.2", twice + twice, {"text Hello", "text Hello"}});
  check({"with the window", "7.2.3.2", twice + hex("c1 05 f2 00 11 00 00"), {"text Hello", "text Hello"}}, {},
        with_takeover);
  check_both({"not compressed", "7.2.3.3", hex("c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00"), {"text Hello"}});
  check_both({"BFINAL", "7.2.3.4", hex("c1 08 f3 48 cd c9 c9 07 00 00"), {"text Hello"}});
  check_both({"two blocks", "7.2.3.5", hex("c1 0d f2 48 05 00 00 00 ff ff ca c9 c9 07 00"), {"text Hello"}});
  check_both({"empty", "7.2.3.6", hex("c1 01 00"), {"text"}});
  check_both({"empty last fragment",
              "7.2.3.6",
              hex("41 0b f2 48 cd c9 c9 07 00 00 00 ff ff 80 01 00"),
              {"text Hello"}});
}

TEST_CASE("Compressed and other messages take turns", "[deflate]") {
  const std::string hello = hex("c1 07 f2 48 cd c9 c9 07 00");
  check_both({"plain",
              "6",
              hello + text("plain") + hello + binary("ab"),
              {"text Hello", "text plain", "text Hello", "binary 6162"}});
  check({"the window is as the last compressed one left it",
         "7.2.2",
         hello + text("plain") + hex("c1 05 f2 00 11 00 00"),
         {"text Hello", "text plain", "text Hello"}},
        {}, with_takeover);
  check_both(
      {"control frames in between",
       "6",
       hex("41 03 f2 48 cd") + ping("p") + hex("00 00") + pong("q") + hex("80 04 c9 c9 07 00") + close(1000),
       {"out 8a0170", "ping p", "pong q", "text Hello", "out 880203e8", "close 1000"}});
}

TEST_CASE("Empty messages in each of their forms", "[deflate]") {
  check_both({"no payload", "7.2.2", hex("c1 00"), {"text"}});
  check_both({"no payload in fragments", "7.2.2", hex("42 00 00 00 80 00"), {"binary"}});
  check_both({"a block without content", "7.2.3.6", hex("42 00 80 01 00"), {"binary"}});
  check_both({"fixed codes, and nothing", "7.2.1", hex("c2 02 02 00"), {"binary"}});
  check_both({"BFINAL", "7.2.3.4", hex("c2 03 03 00 00"), {"binary"}});
  const std::string hello = hex("c1 07 f2 48 cd c9 c9 07 00");
  check_both({"between others",
              "7.2.2",
              hello + hex("c1 00") + hello + hex("c1 01 00") + hello,
              {"text Hello", "text", "text Hello", "text", "text Hello"}});
}

TEST_CASE("Behind a block with BFINAL a new stream begins, with the window kept", "[deflate]") {
  zlib_deflater final;
  zlib_deflater next;
  const std::string hello = final.add("Hello", Z_FINISH);
  const std::string world = next.add(" world", Z_FINISH);
  check_both(
      {"two streams", "7.2.3.4", deflated_text(hello + world + std::string(1, '\0')), {"text Hello world"}});
  check_both({"without the octet behind it",
              "7.2.3.4",
              deflated_text(hello) + deflated_text(world),
              {"text Hello", "text  world"}});
  check_both({"many",
              "7.2.3.4",
              deflated_text(hello + hex("0300 0300 0300") + world + std::string(1, '\0')),
              {"text Hello world"}});
  // f2 00 11 00 00 is "Hello" by a match of distance 5 behind its first letter.
  check_both({"the window reaches back over it",
              "7.2.3.4",
              deflated_text(hello + hex("f2 00 11 00 00")),
              {"text HelloHello"}});
  check({"also in the next message",
         "7.2.3.4",
         deflated_text(hello) + deflated_text(hex("f2 00 11 00 00")),
         {"text Hello", "text Hello"}},
        {}, with_takeover);
}

TEST_CASE("Blocks of every kind, and several of them, make one message", "[deflate]") {
  std::string content;
  for (int i = 0; i < 400; ++i) content += "line " + std::to_string(i * i) + "\n";
  for (const int level : {0, 1, 6, 9}) {
    for (const int flush : {Z_NO_FLUSH, Z_BLOCK, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH}) {
      zlib_deflater peer{15, level};
      std::string payload;
      for (std::size_t at = 0; at < content.size(); at += 700) {
        payload += peer.add(std::string_view{content}.substr(at, 700), flush);
      }
      payload += peer.message("");
      INFO("level " << level << ", flush " << flush);
      check({"blocks", "7.2.1", deflated_binary(payload), {line("binary", content)}}, {}, with_takeover);
    }
  }
}

TEST_CASE("RSV1 is legal in the first frame of a message only", "[deflate]") {
  const lines failed{protocol_error, "failure reserved_bits_set"};
  const std::string hello = hex("f2 48 cd c9 c9 07 00");
  check_both({"continuation", "6", first_deflated_text(hello) + frame(0xC0, ""), failed});
  check_both({"continuation of a plain message", "6", first_text("a") + frame(0xC0, hello), failed});
  check_both({"ping", "6", frame(0xC9, ""), failed});
  check_both({"pong", "6", frame(0xCA, ""), failed});
  check_both({"close", "6", frame(0xC8, ""), failed});
  check_both({"inside a message", "6", first_deflated_text(hello) + frame(0xC9, hello), failed});
  for (const unsigned bits : {0x10U, 0x20U, 0x30U, 0x50U, 0x60U, 0x70U}) {
    check_both({"RSV2 and RSV3", "6", frame(0x81U | bits, hello), failed});
  }
  check({"not negotiated", "5.2", deflated_text(hello), failed});
}

TEST_CASE("Data that are no DEFLATE fail the connection with 1007", "[deflate]") {
  const lines failed{bad_data, "failure compressed_data_invalid"};
  const std::string hello = hex("f2 48 cd c9 c9 07 00");
  check_both({"a reserved type of block", "3.2.3", deflated_text(hex("06 00")), failed});
  check_both({"a length without its complement", "3.2.4", deflated_text(hex("00 05 00 fa fe 48")), failed});
  check_both({"a distance before the beginning", "3.2.5", deflated_text(hex("f2 00 91 00 00")), failed});
  check_both(
      {"code lengths that fit no code", "3.2.7", deflated_text(hex("fc ff ff ff ff ff ff ff")), failed});
  check_both({"a stored block cut off", "7.2.2", deflated_binary(hex("00 05 00 fa ff 48 65")), failed});
  check_both({"a block cut off", "7.2.2", deflated_text(hello.substr(0, 4)), failed});
  check_both({"the tail is there twice", "7.2.1", deflated_text(hello + hex("00 00 ff ff")), failed});
  check_both({"the octet behind BFINAL is another", "7.2.3.4", deflated_text(hex("f3 48 cd c9 c9 07 00 07")),
              failed});
  check_both(
      {"in the last fragment", "7.2.2", frame(0x42, hello.substr(0, 3)) + last(hex("ff ff ff ff")), failed});
  check({"only the first message has an empty window",
         "7.2.2",
         deflated_text(hello) + deflated_text(hex("f2 00 11 00 00")),
         {"text Hello", bad_data, "failure compressed_data_invalid"}},
        {}, without_takeover);
}

TEST_CASE("Inflated text is checked as it comes", "[deflate]") {
  const auto deflated = [](std::string_view content) { return zlib_deflater{}.message(content); };
  const lines failed{bad_data, "failure invalid_utf8"};
  check_both({"euro", "8.1", deflated_text(deflated("10 €, 20 €, 30 €")), {"text 10 €, 20 €, 30 €"}});
  check_both({"bad", "8.1", deflated_text(deflated("abc\xFF")), failed});
  check_both({"cut off", "8.1", deflated_text(deflated("abc\xC3")), failed});
  check_both({"binary may be anything", "5.6", deflated_binary(deflated("\xFF\xC3")), {"binary ffc3"}});
  zlib_deflater peer;
  recorder server{role::server};
  with_takeover(server.endpoint);
  server.feed(masked(first_deflated_text(peer.add("\xFF", Z_SYNC_FLUSH))));  // the rest need not come
  REQUIRE(server.log == failed);
}

TEST_CASE("The limit of a message is that of its inflated size", "[deflate]") {
  const std::string content(100'000, 'x');
  const std::string payload = zlib_deflater{}.message(content);
  const std::string stored = zlib_deflater{15, 0}.message(content);
  const lines failed{too_big, "failure message_too_big"};
  const vector fits{"fits", "10.4", deflated_text(payload), {line("text", content)}};
  for (const std::uint64_t limit : {100'000U, 100'001U, 131'072U}) {
    check_both(fits, {.message = limit});
    check_both({"larger on the wire", "10.4", deflated_text(stored), fits.log}, {.message = limit});
  }
  for (const std::uint64_t limit : {0U, 1U, 99'999U, 65'536U, 4096U}) {
    check_both({"one too many", "10.4", deflated_text(payload), failed}, {.message = limit});
  }
  check_both(
      {"each anew", "10.4", deflated_text(payload) + text("after"), {line("text", content), "text after"}},
      {.message = 100'000});
  check_both({"empty within nothing", "10.4", hex("c1 01 00"), {"text"}}, {.message = 0});
}

}  // namespace
}  // namespace websock::protocol::testing
