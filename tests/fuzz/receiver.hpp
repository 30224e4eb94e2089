// A connection that is sent what a peer may send, and all that can be seen of it.
#pragma once

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

#include "fuzz/feed.hpp"
#include "fuzz/held_memory.hpp"

namespace websock::test {

/// What two connections have in common that were sent the same octets, however these were split.
struct story {
  std::string events;
  std::string output;
  std::error_code failure;

  bool operator==(const story&) const = default;
};

/// Demands of a connection that is fed, for any input:
///  - nothing is delivered behind a Close frame or a failure;
///  - no message is over the limit, and text is UTF-8;
///  - its output is what an endpoint of the other role takes, and ends with a Close frame;
///  - the memory that it holds is bounded by its limits and by what came.
class receiver {
 public:
  /// `peer` is the other end: it judges the output and sends nothing.
  receiver(connection endpoint, connection peer, const protocol::limits& limits)
      : endpoint_{std::move(endpoint)}, peer_{std::move(peer)}, limits_{limits} {}

  /// The octets that came may be in memory four times over; here `factor` times, beside zlib's state.
  void inflates(std::size_t factor) noexcept {
    fixed_ += 512 * 1024;
    factor_ = factor;
  }

  void feed(bytes_view input) {
    arrived_ += input.size();
    test::feed(endpoint_, input, false, [this](const event& found) { take(found); });
    check_memory();
  }

  void feed_directly(bytes_view input) {
    arrived_ += input.size();
    test::feed_directly(endpoint_, input, [this](const event& found) { take(found); });
    check_memory();
  }

  const story& seen() {
    take_output();
    seen_.failure = endpoint_.failure();
    require(endpoint_.is_done() == over_);
    return seen_;
  }

  /// From now on the output waits until `seen`, as when the peer does not read.
  void leave_output() noexcept { takes_output_ = false; }

 private:
  void take(const event& found) {
    if (takes_output_) take_output();
    // `limits::buffered_control_frames`, then at most one Close frame.
    require(endpoint_.output().size() <=
            (limits_.buffered_control_frames + 1) * (protocol::largest_control_payload + 6));
    if (found.what == event::kind::none) return;
    require(!over_);
    over_ = found.what == event::kind::close || found.what == event::kind::failure;
    require(found.content.size() <= limits_.message);
    seen_.events += static_cast<char>('0' + static_cast<int>(found.what));
    seen_.events += found.content.text();
  }

  // A client's masks are random: only how much it sends is compared.
  void take_output() {
    const bytes_view output = endpoint_.output();
    if (output.empty()) return;
    require(!peer_.is_done());
    if (endpoint_.role() == protocol::role::server) {
      seen_.output += as_text(output);
    } else {
      seen_.output += std::to_string(output.size()) + " ";
    }
    test::feed(peer_, output, false, [](const event&) {});
    require(!peer_.failure());
    require((endpoint_.local_close().has_value()) == peer_.is_done());
    endpoint_.consume_output(output.size());
    peer_.consume_output(peer_.output().size());
  }

  // OpenSSL allocates for good when the first masking key is asked for.
  static std::size_t held_before() {
    static const std::error_code key_made = connection{protocol::role::client, {}}.ping({});
    require(!key_made);
    return held_memory();
  }

  // A buffer that grows is there twice for a moment, and has up to twice what it needs.
  void check_memory() const {
    const std::size_t own = seen_.events.capacity() + seen_.output.capacity();
    const std::size_t bound = fixed_ + own + std::min<std::uint64_t>(factor_ * arrived_, 2 * limits_.message);
    require(held_memory() <= before_ + bound);
  }

  connection endpoint_;
  connection peer_;
  protocol::limits limits_;
  story seen_;
  std::size_t fixed_ = 16 * 1024;
  std::size_t factor_ = 4;
  std::size_t arrived_ = 0;
  std::size_t before_ = held_before();
  bool takes_output_ = true;
  bool over_ = false;
};

}  // namespace websock::test
