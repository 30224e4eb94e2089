// What is due in a session, and when to look again.
#include <algorithm>

#include "io/spawn.hpp"
#include "session_core.hpp"

namespace websock::detail {
namespace {

constexpr auto never = io::watchdog::never;

}  // namespace

// What is due is done without memory for it, too.
session_core::clock::time_point session_core::look(clock::time_point now) noexcept {
  if (failure_) return never;
  try {
    return next_look(now);
  } catch (...) {
    drop(std::make_error_code(std::errc::not_enough_memory));
    return never;
  }
}

session_core::clock::time_point session_core::next_look(clock::time_point now) {
  return std::min({look_at_close(now), look_at_output(now), look_at_keepalive(now), look_at_idleness(now)});
}

session_core::clock::time_point session_core::look_at_close(clock::time_point now) {
  if (now >= close_deadline_) drop(errc::close_timeout);
  return close_deadline_;
}

// A slow peer is one that takes no byte at all for that long, not one that takes long for all of them.
session_core::clock::time_point session_core::look_at_output(clock::time_point now) {
  if (!is_writing_ || options_->timeouts.send == no_timeout) return never;
  const auto due = last_write_ + options_->timeouts.send;
  if (now >= due) drop(errc::send_timeout);
  return due;
}

session_core::clock::time_point session_core::look_at_keepalive(clock::time_point now) {
  const auto& [interval, timeout] = options_->keepalive;
  if (interval == no_timeout || !is_open()) return never;
  if (now >= last_read_ + interval && read_ahead()) {
    last_read_ = now;
    keepalive_pending_ = false;
  }
  auto due = last_read_ + interval;
  if (now < due) return due;
  if (!keepalive_pending_) {
    keepalive_pending_ = true;
    pinged_ = now;
    send_keepalive();
  }
  if (timeout == no_timeout) return now + interval;
  due = pinged_ + timeout;  // after a suspension of the machine the ping itself is late
  if (now >= due) drop(errc::ping_timeout);
  return std::min(due, now + interval);
}

// It measures the round trip, too, unless others wait for their pongs already: while nobody receives,
// nobody sees a pong, and what waits must not grow.
void session_core::send_keepalive() {
  if (pings_.empty()) {
    io::spawn(reactor_.executor(), measure_round_trip());
  } else if (!connection_.ping({})) {
    output_added();
  }
}

task<void> session_core::measure_round_trip() {
  const auto self = shared_from_this();
  co_await ping(std::string_view{});  // which keeps what it measures
}

session_core::clock::time_point session_core::look_at_idleness(clock::time_point now) {
  if (options_->timeouts.idle == no_timeout || !is_open()) return never;
  const auto due = last_message_ + options_->timeouts.idle;
  if (now < due) return due;
  start_close(close_code::going_away, "idle");
  return close_deadline_;
}

}  // namespace websock::detail
