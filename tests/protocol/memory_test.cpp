// What messages cost in memory: nothing new in a steady stream, and never what a head declares.
#include <algorithm>
#include <cstdlib>

#include "protocol/harness.hpp"
#include "support/memory.hpp"

// Sanitizers bring a malloc of their own (and byte_buffer recycles nothing under AddressSanitizer).
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WEBSOCK_COUNTS_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WEBSOCK_COUNTS_ALLOCATIONS 0
#endif
#endif
#if !defined(WEBSOCK_COUNTS_ALLOCATIONS) && defined(__GLIBC__)
#define WEBSOCK_COUNTS_ALLOCATIONS 1
#endif

#if WEBSOCK_COUNTS_ALLOCATIONS
namespace {
thread_local constinit std::size_t allocations = 0;
thread_local constinit std::size_t largest = 0;

void count(std::size_t size) {
  ++allocations;
  largest = std::max(largest, size);
}
}  // namespace

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t number, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);

// operator new ends here too.
void* malloc(std::size_t size) {
  count(size);
  return __libc_malloc(size);
}
void* calloc(std::size_t number, std::size_t size) {
  count(number * size);
  return __libc_calloc(number, size);
}
void* realloc(void* block, std::size_t size) {
  count(size);
  return __libc_realloc(block, size);
}
}

namespace websock::protocol::testing {
namespace {

// One echo by an endpoint of each role, with a ping in between.
void round_trip(connection& client, connection& server, bytes_view payload) {
  if (client.send(opcode::text, payload) || client.ping(payload.first(4))) std::abort();
  bytes_view input = client.output();
  while (true) {
    const event found = server.next(input);
    if (found.what == event::kind::none) break;
    if (found.what == event::kind::message && server.send(opcode::text, found.content.bytes())) std::abort();
  }
  client.consume_output(client.output().size());
  input = server.output();
  std::size_t events = 0;
  while (client.next(input).what != event::kind::none) ++events;
  server.consume_output(server.output().size());
  if (events != 2) std::abort();
}

TEST_CASE("A steady stream of messages allocates nothing", "[memory]") {
  connection client{role::client, {}};
  connection server{role::server, {}};
  for (const std::size_t size : {64U, 1024U, 16384U}) {
    const std::string payload(size, 'x');
    for (int i = 0; i < 10; ++i) round_trip(client, server, as_bytes(payload));
    const std::size_t before = allocations;
    for (int i = 0; i < 100; ++i) round_trip(client, server, as_bytes(payload));
    REQUIRE(allocations == before);
  }
}

TEST_CASE("A steady stream of compressed messages allocates nothing", "[memory]") {
  for (const bool forgets : {false, true}) {
    connection client{role::client, {}};
    connection server{role::server, {}};
    for (connection* one : {&client, &server}) {
      REQUIRE(!one->enable_deflate(
          {.server_no_context_takeover = forgets, .client_no_context_takeover = forgets}, {}));
    }
    for (const std::size_t size : {300U, 1024U, 16384U}) {
      const std::string payload(size, 'x');
      for (int i = 0; i < 10; ++i) round_trip(client, server, as_bytes(payload));
      const std::size_t before = allocations;
      for (int i = 0; i < 100; ++i) round_trip(client, server, as_bytes(payload));
      REQUIRE(allocations == before);
    }
  }
}

TEST_CASE("Contexts are held by who uses them", "[memory][deflate]") {
  constexpr std::size_t endpoints = 50;
  const std::string in = masked(hex("c1 07 f2 48 cd c9 c9 07 00"));
  const auto growth_of = [&](bool forgets, bool uses) {
    std::vector<std::unique_ptr<connection>> idle;
    for (std::size_t i = 0; i < endpoints; ++i) {
      idle.push_back(std::make_unique<connection>(role::server, limits{}));
    }
    const test::memory_growth memory;
    for (const auto& one : idle) {
      REQUIRE(!one->enable_deflate(
          {.server_no_context_takeover = forgets, .client_no_context_takeover = forgets}, {}));
      if (!uses) continue;
      bytes_view input = as_bytes(in);
      REQUIRE(one->next(input).content.text() == "Hello");
      REQUIRE(!one->send(opcode::text, as_bytes("Hello"), compression::always));
      one->consume_output(one->output().size());
    }
    return memory.bytes() / endpoints;
  };
  growth_of(true, true);  // the thread's contexts
  REQUIRE(growth_of(false, false) <= 128);
  REQUIRE(growth_of(true, false) <= 128);
  REQUIRE(growth_of(true, true) <= 128);
  REQUIRE(growth_of(false, true) > 250'000);
  REQUIRE(growth_of(false, true) < 350'000);
}

TEST_CASE("A connection at its end holds no context", "[memory][deflate]") {
  const std::string used = masked(hex("c1 07 f2 48 cd c9 c9 07 00"));
  for (const std::string& end : {masked(close(1000)), masked(hex("c1 02 06 00")), masked(frame(0xF1, ""))}) {
    test::memory_growth memory;
    for (int i = 0; i < 2; ++i) {  // the first leaves the thread its contexts
      memory = {};
      connection server{role::server, {}};
      REQUIRE(!server.enable_deflate({}, {}));
      const std::string octets = used + end;
      bytes_view input = as_bytes(octets);
      REQUIRE(server.next(input).content.text() == "Hello");
      REQUIRE(!server.send(opcode::text, as_bytes("Hello"), compression::always));
      const event last = server.next(input);
      REQUIRE((last.what == event::kind::close || last.what == event::kind::failure));
      server.consume_output(server.output().size());
      REQUIRE((i == 0 || memory.bytes() < 1000));
      REQUIRE(server.send(opcode::text, as_bytes("Hello"), compression::always) == errc::closed);
    }
  }
}

TEST_CASE("Memory follows what has arrived, not what was declared", "[memory]") {
  const std::string head = hex("82 7f 7f ff ff ff ff ff ff ff");
  connection client{role::client, {.message = unlimited}};
  largest = 0;
  bytes_view input = as_bytes(head);
  while (client.next(input).what != event::kind::none) continue;
  REQUIRE(largest == 0);
  const std::string piece(10'000, 'x');
  for (std::size_t arrived = piece.size(); arrived <= 1'000'000; arrived += piece.size()) {
    largest = 0;
    input = as_bytes(piece);
    while (client.next(input).what != event::kind::none) continue;
    static_cast<void>(client.prepare());
    const std::size_t most = largest;
    REQUIRE(most <= 4 * arrived);
  }
}

}  // namespace
}  // namespace websock::protocol::testing
#endif

namespace websock::protocol::testing {
namespace {

TEST_CASE("Objects are small", "[memory]") {
  STATIC_REQUIRE(sizeof(message) <= 32);
  STATIC_REQUIRE(sizeof(connection) <= 184);
}

TEST_CASE("An echo of text need not be validated again", "[memory]") {
  recorder server{role::server};
  const std::string in = masked(text("checked") + binary("unchecked"));
  bytes_view input = as_bytes(in);
  REQUIRE(server.endpoint.next(input).content.is_validated());
  REQUIRE(!server.endpoint.next(input).content.is_validated());
  REQUIRE(!message{"made here"}.is_validated());
}

}  // namespace
}  // namespace websock::protocol::testing
