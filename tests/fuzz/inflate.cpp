// What a peer sends to a connection that negotiated permessage-deflate. The first octet of the input says how
// the connection is set up, the second how what follows is split; the rest is the stream.
#include "fuzz/input.hpp"
#include "fuzz/receiver.hpp"

using namespace websock;
using namespace websock::protocol;
using namespace websock::test;

namespace {

constexpr limits small{.message = 1 << 16, .fragments = 1000, .buffered_control_frames = 4};

connection make(role ours, const limits& limits, std::uint8_t setup) {
  connection made{ours, limits};
  const auto bits = static_cast<std::uint8_t>(8 + (setup >> 4U) % 8);
  const bool forgets = (setup & 2U) != 0;
  require(!made.enable_deflate({forgets, forgets, bits, bits}, {}));
  return made;
}

receiver make(std::uint8_t setup) {
  const role ours = (setup & 1U) != 0 ? role::server : role::client;
  receiver made{make(ours, small, setup), make(other(ours), {}, setup), small};
  made.inflates(1032);
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  fuzz_input input{data, size};
  const std::uint8_t setup = input.octet();
  splitter pieces{input.octet()};
  const bytes_view stream = input.all_bytes();
  receiver whole = make(setup);
  whole.feed(stream);
  receiver split = make(setup);
  for (bytes_view rest = stream; !rest.empty();) split.feed_directly(pieces.next(rest));
  // Who refers further back than the window that was agreed on may be found out or not.
  if (setup >> 4U == 7) require(whole.seen() == split.seen());
  return 0;
}
