// What a peer sends to a connection that negotiated permessage-deflate. The first octet of the input says how
// the connection is set up, the second how what follows is split; the rest is the stream.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "fuzz/require.hpp"
#include "websock/protocol/connection.hpp"

using namespace websock;
using namespace websock::protocol;
using websock::test::require;

namespace {

constexpr limits small{.message = 1 << 16, .fragments = 1000, .buffered_control_frames = 4};

connection make(std::uint8_t setup) {
  connection made{(setup & 1U) != 0 ? role::server : role::client, small};
  const auto bits = static_cast<std::uint8_t>(8 + (setup >> 4U) % 8);
  const bool forgets = (setup & 2U) != 0;
  require(!made.enable_deflate({forgets, forgets, bits, bits}, {}));
  return made;
}

// All that can be seen of it.
struct story {
  std::string events;
  std::string output;
  std::error_code failure;

  bool operator==(const story&) const = default;
};

class reader {
 public:
  explicit reader(std::uint8_t setup) : endpoint_{make(setup)} {}

  void feed(bytes_view input) {
    while (true) {
      const event found = endpoint_.next(input);
      take_output();
      if (found.what == event::kind::none) break;
      require(found.content.size() <= small.message);
      require(!found.content.is_validated() || is_utf8(found.content.bytes()));
      seen_.events += static_cast<char>('0' + static_cast<int>(found.what));
      seen_.events += found.content.text();
    }
    require(input.empty());
  }

  // Into the message itself where that is offered.
  void feed_directly(bytes_view input) {
    const mutable_bytes room = endpoint_.prepare();
    const std::size_t count = std::min(room.size(), input.size());
    if (count != 0) {
      std::memcpy(room.data(), input.data(), count);
      endpoint_.commit(count);
      feed({});
    }
    feed(input.subspan(count));
  }

  const story& seen() {
    seen_.failure = endpoint_.failure();
    return seen_;
  }

 private:
  // A client's masks are random: only how much it sends is compared.
  void take_output() {
    const bytes_view output = endpoint_.output();
    if (output.empty()) return;
    if (endpoint_.role() == role::server) {
      seen_.output += as_text(output);
    } else {
      seen_.output += std::to_string(output.size()) + " ";
    }
    endpoint_.consume_output(output.size());
  }

  connection endpoint_;
  story seen_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const bytes_view input{reinterpret_cast<const std::byte*>(data + 2), size - 2};
  reader whole{data[0]};
  whole.feed(input);
  reader split{data[0]};
  std::uint32_t random = data[1];
  for (bytes_view rest = input; !rest.empty();) {
    random = random * 1664525U + 1013904223U;
    const std::size_t count = std::min<std::size_t>(rest.size(), 1 + (random >> 16U) % (1U + data[1]));
    split.feed_directly(rest.first(count));
    rest = rest.subspan(count);
  }
  // Who refers further back than the window that was agreed on may be found out or not.
  if (data[0] >> 4U == 7) require(whole.seen() == split.seen());
  return 0;
}
