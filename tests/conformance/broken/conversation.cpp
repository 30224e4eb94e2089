#include "conversation.hpp"

#include <chrono>
#include <system_error>
#include <utility>
#include <vector>

#include "endpoint.hpp"
#include "websock/io/timer.hpp"

namespace broken {
namespace {

using namespace std::chrono_literals;
using websock::io::byte_stream;

constexpr std::size_t read_size = 128 * 1024;
constexpr auto lateness = 2500ms;
constexpr auto quiet_time = 300ms;  // after it nothing more comes behind a Close frame
constexpr auto end_time = 10s;

websock::task<void> drop_input(byte_stream& stream) {
  std::vector<std::byte> room(read_size);
  std::size_t count = 1;
  while (count != 0) count = co_await stream.read_some(room);
}

websock::task<void> flush(byte_stream& stream, endpoint& own) {
  bytes_view output = own.output();
  if (const auto late = own.late_from()) {
    const bytes_view in_time = output.first(*late);
    co_await stream.write(in_time);
    co_await websock::io::sleep_for(lateness);
    output = output.subspan(*late);
  }
  co_await stream.write(output);
  own.clear_output();
}

websock::task<void> take(byte_stream& stream, endpoint& own, mutable_bytes input) {
  while (!input.empty() && own.is_open()) {
    input = own.take(input);
    co_await flush(stream, own);
  }
}

// As long as the endpoint is in that state, and the stream goes on.
websock::task<void> read_while(endpoint::state wanted, byte_stream& stream, endpoint& own) {
  std::vector<std::byte> room(read_size);
  std::size_t count = 1;
  while (own.now() == wanted && count != 0) {
    count = co_await stream.read_some(room);
    const mutable_bytes input = mutable_bytes{room}.first(count);
    co_await take(stream, own, input);
  }
}

// What is behind a Close frame.
websock::task<void> go_on(byte_stream& stream, endpoint& own) {
  auto reading = read_while(endpoint::state::closing, stream, own);
  try {
    co_await websock::io::with_timeout(std::move(reading), quiet_time);
  } catch (const std::system_error& error) {
    if (error.code() != websock::errc::timed_out) throw;
  }
  own.take_quiet();
  co_await flush(stream, own);
}

// Section 7.1.1: "the underlying TCP connection, in most normal cases, SHOULD be closed first by the server".
websock::task<void> end(byte_stream& stream, role own, endpoint::state state) {
  if (state == endpoint::state::dropped) co_return stream.close();
  if (state == endpoint::state::reset) co_return stream.reset();
  if (state != endpoint::state::silent && own == role::server) stream.shutdown_send();
  co_await read_to_end(stream);
}

}  // namespace

websock::task<void> converse(byte_stream& stream, role own, opened with, fault broken) {
  endpoint peer{own, broken, with.deflate};
  const mutable_bytes behind = with.behind;
  co_await take(stream, peer, behind);
  co_await read_while(endpoint::state::open, stream, peer);
  if (peer.now() == endpoint::state::closing) co_await go_on(stream, peer);
  co_await end(stream, own, peer.now());
}

websock::task<void> read_to_end(byte_stream& stream) {
  auto dropping = drop_input(stream);
  co_await websock::io::with_timeout(std::move(dropping), end_time);
}

}  // namespace broken
