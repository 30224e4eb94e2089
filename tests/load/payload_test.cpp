// What is sent is of the size and the kind that was asked for.
#include "payload.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "support/catch.hpp"
#include "websock/core/bytes.hpp"
#include "websock/protocol/utf8.hpp"

using load::payload_kind;

TEST_CASE("a payload has its size, and is the same each time") {
  for (const auto kind :
       {payload_kind::json, payload_kind::random, payload_kind::ascii, payload_kind::utf8}) {
    for (const std::size_t size : {0U, 1U, 2U, 63U, 1024U, 70'000U}) {
      CAPTURE(static_cast<int>(kind), size);
      CHECK(load::make_payload(kind, size, 3).size() == size);
      CHECK(load::make_payload(kind, size, 3) == load::make_payload(kind, size, 3));
    }
  }
}

TEST_CASE("all but random payloads are text") {
  for (const auto kind : {payload_kind::json, payload_kind::ascii, payload_kind::utf8}) {
    for (std::size_t size = 0; size < 200; ++size) {
      const std::string made = load::make_payload(kind, size, 1);
      CAPTURE(made);
      CHECK(websock::protocol::is_utf8(websock::as_bytes(made)));
    }
  }
}

TEST_CASE("a payload of UTF-8 has code points of each length") {
  const std::string made = load::make_payload(payload_kind::utf8, 1000, 0);
  const auto has = [&made](unsigned first, unsigned last) {
    return std::ranges::any_of(made, [=](char each) {
      return static_cast<unsigned char>(each) >= first && static_cast<unsigned char>(each) <= last;
    });
  };
  CHECK(has(0x20, 0x7E));
  CHECK(has(0xC2, 0xDF));
  CHECK(has(0xE0, 0xEF));
  CHECK(has(0xF0, 0xF4));
}

TEST_CASE("messages in turn differ") {
  for (const std::size_t size : {64U, 16'384U, 1'048'576U}) {
    const auto messages = load::make_messages(websock::opcode::binary, payload_kind::random, size, false);
    std::set<std::string> different;
    for (const auto& message : messages) different.emplace(websock::as_text(message.bytes()));
    CHECK(different.size() == messages.size());
    CHECK(messages.size() >= 2);
    CHECK(messages.front().kind() == websock::opcode::binary);
  }
}

TEST_CASE("compressed messages do not repeat within any window") {
  const auto messages = load::make_messages(websock::opcode::text, payload_kind::json, 1024, true);
  CHECK(messages.size() * 1024 >= 128 * 1024);
  CHECK(messages.front().kind() == websock::opcode::text);
}
