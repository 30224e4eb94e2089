// Feeds a connection in the two ways that it has, and demands what holds of every event.
#pragma once

#include <algorithm>
#include <cstring>

#include "fuzz/require.hpp"
#include "websock/protocol/connection.hpp"

namespace websock::test {

using protocol::connection;
using protocol::event;

inline protocol::role other(protocol::role one) noexcept {
  return one == protocol::role::server ? protocol::role::client : protocol::role::server;
}

/// The next event: by `take_message` where that is wanted and has one, else by `next`.
inline event next_event(connection& endpoint, bytes_view& input, bool quickly) {
  event found;
  if (quickly && endpoint.take_message(input, found.content)) {
    found.what = event::kind::message;
    return found;
  }
  const bool may_have_one = !input.empty() || endpoint.has_event();
  found = endpoint.next(input);
  require(may_have_one || found.what == event::kind::none);
  return found;
}

inline void check_event(const event& found) {
  const message& content = found.content;
  if (found.what == event::kind::message) {
    require(content.is_validated() == content.is_text());
    require(!content.is_text() || protocol::is_utf8(content.bytes()));
  } else {
    require(content.size() <= protocol::largest_control_payload);
  }
}

/// All of `input` through `next` (and `take_message`); `take` is called with each event, and once with `none`.
template <typename Take>
void feed(connection& endpoint, bytes_view input, bool quickly, Take&& take) {
  event found;
  do {
    found = next_event(endpoint, input, quickly);
    check_event(found);
    take(found);
  } while (found.what != event::kind::none);
  require(input.empty());
}

/// The same, but into the message itself where the connection offers room in it, as a session reads.
template <typename Take>
void feed_directly(connection& endpoint, bytes_view input, Take&& take) {
  for (mutable_bytes room = endpoint.prepare(); !room.empty() && !input.empty(); room = endpoint.prepare()) {
    const std::size_t count = std::min(room.size(), input.size());
    std::memcpy(room.data(), input.data(), count);
    input = input.subspan(count);
    endpoint.commit(count);
    feed(endpoint, {}, false, take);
  }
  feed(endpoint, input, true, take);
}

}  // namespace websock::test
