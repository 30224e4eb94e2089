// permessage-deflate as the runner speaks it: what goes out comes back, and what is wrong is found.
#include "run/compression.hpp"

#include <random>

#include "script/content.hpp"
#include "support/catch.hpp"

using namespace conformance;
using namespace std::string_literals;

namespace {

std::string noise(std::size_t size, unsigned seed) {
  std::mt19937 generator{seed};
  std::string octets(size, '\0');
  for (char& octet : octets) octet = static_cast<char>(generator());
  return octets;
}

// Raw DEFLATE, flushed, without the four octets of its end: as a sender with that window makes it.
std::string deflate_raw(const std::string& text, int window_bits, int flush = Z_SYNC_FLUSH) {
  z_stream stream{};
  REQUIRE(::deflateInit2(&stream, 9, Z_DEFLATED, -window_bits, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string output(text.size() * 2 + 1024, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(output.data());
  stream.avail_out = static_cast<uInt>(output.size());
  ::deflate(&stream, flush);
  output.resize(output.size() - stream.avail_out - (flush == Z_SYNC_FLUSH ? 4 : 0));
  ::deflateEnd(&stream);
  return output;
}

// A stored block: one octet of header, the length, its complement.
std::string stored(const std::string& text, bool is_last) {
  const auto size = static_cast<unsigned>(text.size());
  const auto octet = [](unsigned value) { return static_cast<char>(value & 0xFF); };
  return std::string{is_last ? '\1' : '\0', octet(size), octet(size >> 8), octet(~size), octet(~size >> 8)} +
         text;
}

constexpr deflate_direction directions[] = {{15, true}, {15, false}, {12, true}, {9, true},
                                            {9, false}, {8, true},   {8, false}};

}  // namespace

TEST_CASE("each message comes back, whatever was agreed on") {
  for (const deflate_direction& agreed : directions) {
    CAPTURE(int{agreed.window_bits}, agreed.takeover);
    message_deflater deflater{agreed};
    message_inflater inflater{agreed};
    const std::string messages[] = {"Hello",
                                    "Hello",
                                    "",
                                    noise(3000, 1),
                                    content("json").substr(0, 70000),
                                    std::string(100000, '*'),
                                    "",
                                    content("picture"),
                                    "Hello"};
    for (const std::string& message : messages) {
      const auto inflated = inflater.inflate(deflater.compress(message));
      REQUIRE(inflated);
      CHECK((*inflated == message));
    }
  }
}

TEST_CASE("the octets of RFC 7692 section 7.2.3") {
  message_inflater inflater{{15, true}};
  CHECK(inflater.inflate("\xf2\x48\xcd\xc9\xc9\x07\x00"s) == "Hello");
  CHECK(inflater.inflate("\xf2\x00\x11\x00\x00"s) == "Hello");  // refers to the first
  CHECK(inflater.inflate("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s) == "Hello");  // no compression
  CHECK(inflater.inflate("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s) == "Hello");  // BFINAL
  CHECK(inflater.inflate("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s) == "Hello");  // two blocks
  message_deflater deflater{{15, true}};
  CHECK(deflater.compress("Hello") == "\xf2\x48\xcd\xc9\xc9\x07\x00"s);
  CHECK(deflater.compress("Hello") == "\xf2\x00\x11\x00\x00"s);
}

TEST_CASE("an empty message is one octet and changes nothing") {
  for (const deflate_direction& agreed : directions) {
    message_deflater deflater{agreed};
    message_inflater inflater{agreed};
    CHECK(deflater.compress("") == "\0"s);
    CHECK(inflater.inflate(deflater.compress("")) == "");
    CHECK(inflater.inflate(deflater.compress("Hello")) == "Hello");
    CHECK(inflater.inflate(deflater.compress("")) == "");
    CHECK(inflater.inflate(deflater.compress("Hello")) == "Hello");
  }
}

TEST_CASE("context takeover, and a sender that forgets") {
  const std::string message = noise(200, 2);
  message_deflater keeping{{15, true}};
  const std::string first = keeping.compress(message);
  const std::string second = keeping.compress(message);
  CHECK(second.size() < first.size() / 2);
  keeping.forget();
  CHECK(keeping.compress(message) == first);
  message_deflater forgetting{{15, false}};
  CHECK(forgetting.compress(message) == first);
  CHECK(forgetting.compress(message) == first);

  message_inflater without{{15, false}};
  CHECK(without.inflate(first) == message);
  CHECK_FALSE(without.inflate(second));  // refers to what is not there any more
  message_inflater with{{15, true}};
  CHECK(with.inflate(first) == message);
  CHECK(with.inflate(second) == message);
}

TEST_CASE("a reference beyond the window is found") {
  for (int bits = 8; bits < 15; ++bits) {
    CAPTURE(bits);
    const std::size_t window = std::size_t{1} << bits;
    const std::string begin = noise(64, 3);
    const auto far = [&](std::size_t distance) {
      return deflate_raw(begin + noise(distance - begin.size(), 4) + begin, 15);
    };
    const deflate_direction agreed{static_cast<std::uint8_t>(bits), true};
    CHECK(message_inflater{agreed}.inflate(far(window)));
    CHECK_FALSE(message_inflater{agreed}.inflate(far(window + window / 8 + 64)));
    CHECK_FALSE(message_inflater{agreed}.inflate(far(window * 3 / 2)));
    CHECK(message_inflater{{15, true}}.inflate(far(window * 2)));
  }
}

TEST_CASE("a reference beyond the window into the message before is found") {
  const std::string begin = noise(64, 5);
  const std::string between = noise(4000, 6);
  message_deflater large{{15, true}};
  message_inflater small{{10, true}};
  CHECK(small.inflate(large.compress(begin)) == begin);
  CHECK(small.inflate(large.compress(between)) == between);
  CHECK_FALSE(small.inflate(large.compress(begin)));
}

TEST_CASE("a deflater keeps to its window") {
  const std::string begin = noise(64, 7);
  for (std::uint8_t bits = 8; bits <= 15; ++bits) {
    CAPTURE(int{bits});
    message_deflater deflater{{bits, true}};
    message_inflater inflater{{bits, true}};
    for (const std::size_t gap : {100U, 180U, 300U, 1000U, 5000U, 40000U}) {
      const std::string message = begin + noise(gap, 8) + begin;
      CHECK((inflater.inflate(deflater.compress(message)) == message));
    }
  }
}

TEST_CASE("a block with BFINAL ends a stream and not the messages") {
  message_inflater inflater{{15, true}};
  const std::string text = noise(500, 9);
  const std::string finished = deflate_raw(text, 15, Z_FINISH) + '\0';
  CHECK(inflater.inflate(finished) == text);
  CHECK(inflater.inflate(finished) == text);
  CHECK(inflater.inflate(stored("one", true) + stored("two", true) + '\0') == "onetwo");
  CHECK(inflater.inflate(stored("one", true) + stored("two", false) + '\0') == "onetwo");
  CHECK(inflater.inflate("\xf2\x48\xcd\xc9\xc9\x07\x00"s) == "Hello");
}

TEST_CASE("what is no DEFLATE is found") {
  const auto is_refused = [](const std::string& octets) {
    return !message_inflater{{15, true}}.inflate(octets).has_value();
  };
  CHECK(is_refused("\xff\xff\xff"));
  CHECK(is_refused("\x07"s));
  CHECK(is_refused(""));  // not even a block
  CHECK(is_refused("\x00\x05\x00\xfa\xfe Hello"s));  // length and complement differ
  CHECK(is_refused("\x00\x05\x00\xfa\xff\x48\x65"s));  // cut off
  const std::string whole = deflate_raw(noise(300, 10), 15);
  CHECK_FALSE(is_refused(whole));
  CHECK(is_refused(whole.substr(0, whole.size() / 2)));
}

TEST_CASE("a lap is the messages of a content, one behind the other") {
  for (const deflate_direction& agreed : {deflate_direction{15, true}, deflate_direction{9, false}}) {
    const compressed_lap lap = lap_of("html", 65536, agreed);
    REQUIRE(lap->size() == content_size / 65536);
    message_inflater inflater{agreed};
    // Twice: the second lap refers to nothing before it.
    for (int i = 0; i < 2; ++i) {
      for (std::size_t number = 0; number < lap->size(); ++number) {
        CHECK((inflater.inflate((*lap)[number]) == content("html").substr(number * 65536, 65536)));
      }
    }
    CHECK(lap_of("html", 65536, agreed) == lap);
  }
  CHECK(lap_of("html", 65536, {15, true}) != lap_of("html", 65536, {15, false}));
  CHECK(lap_of("html", 32768, {15, true})->size() == content_size / 32768);
}
