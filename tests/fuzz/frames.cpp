// What a peer sends to a connection without extensions. The first octet of the input says which role it has and
// whether its output is read, the second how what follows is split; the rest is the stream.
#include <array>

#include "fuzz/input.hpp"
#include "fuzz/receiver.hpp"

using namespace websock;
using namespace websock::protocol;
using namespace websock::test;

namespace {

constexpr limits small{.message = 1 << 16, .fragments = 100, .buffered_control_frames = 4};

receiver make(std::uint8_t setup) {
  const role ours = (setup & 1U) != 0 ? role::server : role::client;
  receiver made{{ours, small}, {other(ours), {}}, small};
  if ((setup & 2U) != 0) made.leave_output();
  return made;
}

// No part of a head says anything else than the whole, and what is read is what would be written.
void check_head(bytes_view input, role receiver) {
  const bytes_view front = input.first(std::min(input.size(), largest_head));
  const decoded_head whole = decode_head(front, receiver);
  for (std::size_t size = 0; size < front.size(); ++size) {
    const decoded_head part = decode_head(front.first(size), receiver);
    if (part.size == 0 && part.error == errc{}) continue;
    require(part.size == whole.size && part.error == whole.error);
    require(part.size == 0 || part.head == whole.head);
  }
  if (whole.size == 0) return;
  std::array<std::byte, largest_head> written;
  require(head_size(whole.head.length, whole.head.masked) == whole.size);
  require(encode_head(whole.head, written.data()) == whole.size);
  require(std::ranges::equal(front.first(whole.size), bytes_view{written}.first(whole.size)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz_input input{data, size};
  const std::uint8_t setup = input.octet();
  splitter pieces{input.octet()};
  const bytes_view stream = input.all_bytes();
  check_head(stream, (setup & 1U) != 0 ? role::server : role::client);
  receiver whole = make(setup);
  whole.feed(stream);
  receiver split = make(setup);
  for (bytes_view rest = stream; !rest.empty();) split.feed_directly(pieces.next(rest));
  require(whole.seen() == split.seen());
  return 0;
}
