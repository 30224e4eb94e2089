#include "websock/core/byte_buffer.hpp"

#include <string>
#include <thread>

#include "support/catch.hpp"

using websock::as_bytes;
using websock::as_text;
using websock::byte_buffer;

TEST_CASE("an empty buffer owns no memory") {
  byte_buffer buffer;
  CHECK(buffer.empty());
  CHECK(buffer.data() == nullptr);
  CHECK(buffer.capacity() == 0);
  buffer.append({});
  CHECK(buffer.data() == nullptr);
}

TEST_CASE("what is appended stays through every growth") {
  byte_buffer buffer;
  std::string expected;
  for (std::size_t count = 1; expected.size() < 200'000; count = count * 2 + 1) {
    const std::string part(count, static_cast<char>('a' + count % 26));
    buffer.append(as_bytes(part));
    expected += part;
    REQUIRE(as_text(buffer) == expected);
  }
}

TEST_CASE("reserved room is not moved") {
  byte_buffer buffer;
  buffer.reserve(1000);
  const auto* const before = buffer.data();
  buffer.extend(1000);
  CHECK(buffer.data() == before);
  CHECK(buffer.size() == 1000);
}

TEST_CASE("a moved buffer is empty and its content is not copied") {
  byte_buffer first{as_bytes("content")};
  const auto* const data = first.data();
  byte_buffer second{std::move(first)};
  CHECK(second.data() == data);
  byte_buffer third{as_bytes("other")};
  third = std::move(second);
  CHECK(as_text(third) == "content");
  CHECK(third.data() == data);
}

TEST_CASE("clear keeps the memory and release gives it back") {
  byte_buffer buffer{as_bytes("content")};
  const std::size_t capacity = buffer.capacity();
  buffer.clear();
  CHECK(buffer.empty());
  CHECK(buffer.capacity() == capacity);
  buffer.release();
  CHECK(buffer.capacity() == 0);
  buffer.append(as_bytes("again"));
  CHECK(as_text(buffer) == "again");
}

TEST_CASE("truncate cuts at the end") {
  byte_buffer buffer{as_bytes("content")};
  buffer.truncate(3);
  CHECK(as_text(buffer) == "con");
}

TEST_CASE("a buffer may die on another thread") {
  byte_buffer buffer{as_bytes("content")};
  std::thread{[taken = std::move(buffer)]() mutable { taken.release(); }}.join();
  byte_buffer next{as_bytes("next")};
  CHECK(as_text(next) == "next");
}
