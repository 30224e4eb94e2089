// The runner's receiving half: each vector at every split, and each violation by itself.
#include "run/frame_reader.hpp"

#include "support/catch.hpp"

using namespace conformance;
using namespace std::string_literals;
using websock::errc;
using websock::opcode;
using websock::protocol::frame_head;
using websock::protocol::role;

namespace {

// What comes out, as words.
class notes final : public frame_sink {
 public:
  void on_frame(const frame_head& head, std::string_view payload) override {
    frames.push_back(std::to_string(static_cast<int>(head.kind)) + (head.fin ? "." : "+") +
                     std::string{payload});
  }
  void on_message(bool binary, bool compressed, std::string&& payload) override {
    said.push_back((binary ? "binary " : "text ") + (compressed ? "(compressed) "s : ""s) + payload);
  }
  void on_control(opcode kind, std::string_view payload) override {
    said.push_back((kind == opcode::ping   ? "ping "
                    : kind == opcode::pong ? "pong "
                                           : "close ") +
                   std::string{payload});
  }
  void on_violation(errc why) override { violations.push_back(why); }

  std::vector<std::string> frames;
  std::vector<std::string> said;
  std::vector<errc> violations;
};

using words = std::vector<std::string>;

struct reading {
  notes seen;
  bool operator==(const reading& other) const {
    return seen.said == other.seen.said && seen.frames == other.seen.frames &&
           seen.violations == other.seen.violations;
  }
};

reading read(const std::vector<std::string>& pieces, role receiver, bool compression) {
  reading made;
  frame_reader reader{receiver, made.seen};
  if (compression) reader.allow_compression();
  for (const std::string& piece : pieces) reader.feed(piece);
  return made;
}

// All at once, in two pieces at each place, and octet by octet: always the same.
reading read_split(const std::string& octets, role receiver = role::client, bool compression = false) {
  const reading whole = read({octets}, receiver, compression);
  for (std::size_t at = 0; at <= octets.size(); ++at) {
    CAPTURE(at);
    CHECK(read({octets.substr(0, at), octets.substr(at)}, receiver, compression) == whole);
  }
  std::vector<std::string> single;
  for (const char octet : octets) single.emplace_back(1, octet);
  CHECK(read(single, receiver, compression) == whole);
  return whole;
}

std::string frame(unsigned first, const std::string& payload) {
  return std::string{static_cast<char>(first), static_cast<char>(payload.size())} + payload;
}

std::string masked(unsigned first, std::string payload) {
  const std::string key = "\x0b\xf2\x50\xa0";
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ key[i % 4]);
  return std::string{static_cast<char>(first), static_cast<char>(0x80 | payload.size())} + key + payload;
}

constexpr unsigned more = 0;
constexpr unsigned last = 0x80;
constexpr unsigned text = 1;
constexpr unsigned binary = 2;
constexpr unsigned closing = 8;
constexpr unsigned ping = 9;
constexpr unsigned pong = 10;

}  // namespace

TEST_CASE("messages, fragments and control frames between them") {
  const reading made = read_split(
      frame(last | text, "Hi") + frame(more | text, "He") + frame(last | ping, "p") + frame(more, "") +
      frame(last, "llo") + frame(last | pong, "") + frame(last | binary, "\xff") + frame(last | text, ""));
  CHECK(made.seen.said == words{"text Hi", "ping p", "text Hello", "pong ", "binary \xff", "text "});
  CHECK(made.seen.frames == words{"1.Hi", "1+He", "9.p", "0+", "0.llo", "10.", "2.\xff", "1."});
  CHECK(made.seen.violations.empty());
}

TEST_CASE("a server's frames are unmasked for it") {
  const reading made = read_split(masked(more | text, "Hel") + masked(last | ping, "ping!") +
                                      masked(last, "lo!") + masked(last | closing, ""),
                                  role::server);
  CHECK(made.seen.said == words{"ping ping!", "text Hello!", "close "});
  CHECK(made.seen.violations.empty());
}

TEST_CASE("lengths of every form") {
  for (const std::size_t size : {0U, 125U, 126U, 127U, 65535U, 65536U, 300000U}) {
    CAPTURE(size);
    frame_head head;
    head.length = size;
    std::byte octets[websock::protocol::largest_head];
    const std::size_t count = websock::protocol::encode_head(head, octets);
    const std::string payload(size, '*');
    const std::string whole = std::string{reinterpret_cast<const char*>(octets), count} + payload;
    for (std::size_t at = 0; at <= count + 1 && at <= whole.size(); ++at) {
      const reading made = read({whole.substr(0, at), whole.substr(at)}, role::client, false);
      REQUIRE(made.seen.said.size() == 1);
      CHECK((made.seen.said[0] == "binary " + payload));
    }
  }
}

TEST_CASE("text may be cut inside a code point, and is checked as a message") {
  CHECK(read_split(frame(more | text, "\xce") + frame(last, "\xba")).seen.said == words{"text κ"});
  const reading cut = read_split(frame(more | text, "\xce") + frame(last, ""));
  CHECK(cut.seen.said.empty());
  CHECK(cut.seen.violations == std::vector{errc::invalid_utf8});
}

TEST_CASE("data and a second Close frame behind a Close frame are a violation") {
  const std::string closed = frame(last | closing, "\x03\xe8");
  for (const std::string& late : {frame(last | text, "late"), frame(more | binary, ""), frame(last, "late"),
                                  frame(last | closing, ""), "\xff\xff"s}) {
    CAPTURE(late);
    const reading made = read_split(closed + frame(last | ping, "p") + late + late);
    CHECK(made.seen.said == words{"close \x03\xe8"});
    CHECK(made.seen.violations == std::vector{errc::closed});
  }
}

TEST_CASE("pings and pongs behind a Close frame are passed over") {
  const reading made =
      read_split(frame(last | closing, "") + frame(last | ping, "p") + frame(last | 10, "q"));
  CHECK(made.seen.said == words{"close "});
  CHECK(made.seen.frames.size() == 3);
  CHECK(made.seen.violations.empty());
}

TEST_CASE("each violation is found at every split, and nothing behind it") {
  struct vector {
    std::string octets;
    errc why;
    role receiver = role::client;
    words before = {};
  };
  const vector table[] = {
      {frame(last | 0x10 | text, ""), errc::reserved_bits_set},
      {frame(last | 0x20 | text, ""), errc::reserved_bits_set},
      {frame(last | 0x40 | text, ""), errc::reserved_bits_set},
      {frame(last | 0x40 | ping, ""), errc::reserved_bits_set},
      {frame(last | 3, ""), errc::reserved_opcode},
      {frame(last | 7, ""), errc::reserved_opcode},
      {frame(last | 11, ""), errc::reserved_opcode},
      {frame(last | 15, ""), errc::reserved_opcode},
      {frame(more | ping, ""), errc::fragmented_control_frame},
      {frame(more | closing, ""), errc::fragmented_control_frame},
      {"\x8a\x7e\x00\x7e"s + std::string(126, '*'), errc::control_frame_too_long},
      {"\x88\x7f"s, errc::control_frame_too_long},
      {"\x82\x7e\x00\x7d"s + std::string(125, '*'), errc::nonminimal_length},
      {"\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff"s, errc::nonminimal_length},
      {"\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00"s, errc::length_out_of_range},
      {masked(last | text, "Hi"), errc::masked_frame},
      {frame(last | text, "Hi"), errc::unmasked_frame, role::server},
      {frame(last, "Hi"), errc::unexpected_continuation},
      {frame(more, "Hi"), errc::unexpected_continuation},
      {frame(last | text, "Hi") + frame(last, "Hi"),
       errc::unexpected_continuation,
       role::client,
       {"text Hi"}},
      {frame(more | text, "Hi") + frame(last | text, "Hi"), errc::continuation_expected},
      {frame(more | text, "Hi") + frame(last | ping, "p") + frame(more | binary, "Hi"),
       errc::continuation_expected,
       role::client,
       {"ping p"}},
      {frame(last | closing, "\x03"), errc::close_payload_truncated},
      {frame(last | closing, "\x03\xe7"), errc::close_code_invalid},          // 999
      {frame(last | closing, "\x03\xed"), errc::close_code_invalid},          // 1005
      {frame(last | closing, "\x03\xee"), errc::close_code_invalid},          // 1006
      {frame(last | closing, "\x03\xf7"), errc::close_code_invalid},          // 1015
      {frame(last | closing, "\x00\x00"s), errc::close_code_invalid},
      {frame(last | closing, "\x03\xe8\xff"), errc::invalid_utf8},
      {frame(last | text, "\xff"), errc::invalid_utf8},
      {frame(last | text, "\xed\xa0\x80"), errc::invalid_utf8},
  };
  for (const auto& [octets, why, receiver, before] : table) {
    CAPTURE(octets, why);
    const bool is_server = receiver == role::server;
    const std::string behind = is_server ? masked(last | text, "late") : frame(last | text, "late");
    const reading made = read_split(octets + behind, receiver);
    CHECK(made.seen.violations == std::vector{why});
    CHECK(made.seen.said == before);
  }
}

TEST_CASE("RSV1 once compression is agreed on") {
  const auto read_compressed = [](const std::string& octets) {
    return read_split(octets, role::client, true);
  };
  // Text is not checked before it is inflated.
  CHECK(read_compressed(frame(last | 0x40 | text, "\xff") + frame(last | text, "Hi")).seen.said ==
        words{"text (compressed) \xff", "text Hi"});
  CHECK(read_compressed(frame(more | 0x40 | binary, "a") + frame(last | ping, "") + frame(last, "b"))
            .seen.said == words{"ping ", "binary (compressed) ab"});
  for (const std::string& octets :
       {frame(last | 0x40 | ping, ""), frame(last | 0x20 | text, ""), frame(last | 0x60 | text, ""),
        frame(more | 0x40 | text, "a") + frame(last | 0x40, "b")}) {
    CAPTURE(octets);
    CHECK(read_compressed(octets).seen.violations == std::vector{errc::reserved_bits_set});
  }
}

TEST_CASE("a length that never comes is waited for, and not taken for memory") {
  const reading made = read({"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"s, "abc"}, role::client, false);
  CHECK(made.seen.violations.empty());
  CHECK(made.seen.said.empty());
}
