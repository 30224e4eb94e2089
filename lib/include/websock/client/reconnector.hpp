// A client that comes back: a new session after each loss.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include "websock/client/connect.hpp"
#include "websock/core/units.hpp"
#include "websock/session.hpp"
#include "websock/task.hpp"

namespace websock {

/// An attempt to connect that failed.
struct failed_attempt {
  std::size_t count = 1;     ///< in a row, this one included
  std::exception_ptr error;  ///< what `connect` threw
  std::error_code code;      ///< of it; empty when it was no `std::system_error`
};

/// When to try again: exponential back-off with full jitter (RFC 6455 section 7.2.3 asks for a random
/// delay, so that the clients of a server that comes back do not all come at once). After n failures
/// in a row it waits a random time between zero and min(maximum_delay, first_delay * factor^(n-1)),
/// and before that, where a 429 or 503 says so, the seconds of its Retry-After (maximum_delay at most).
struct reconnect_policy {
  duration first_delay = std::chrono::seconds{1};
  double factor = 2.0;  ///< 1 or more
  duration maximum_delay = std::chrono::seconds{60};
  /// The loss of a session is a failure: the first of a row when the session has lived for so long
  /// (from `next` to the call of the next one), else one more, so that a server which accepts and
  /// drops is not stormed.
  duration stable_after = std::chrono::seconds{10};
  /// "Retry this?" Asked for each attempt that failed. False: `next` throws its error. Empty:
  /// `is_transient`.
  std::function<bool(const failed_attempt&)> retry;
};

/// Whether another attempt may do better: network errors, also of the name lookup, a stream that was
/// cut off, timeouts, 408, 425, 429 and 5xx, whatever a SOCKS proxy refuses for; not a bad URL, a
/// certificate that does not fit, another refusal.
bool is_transient(const failed_attempt& attempt) noexcept;

/// Yields sessions, one after the other:
///
///     websock::reconnector client{"wss://example.com/feed", options};
///     while (auto session = co_await client.next()) {
///       co_await serve(*session);   // until it ends; catches what a broken connection throws
///     }
///
/// All calls on one thread. May be destroyed while `next` runs, which is a `stop`.
class reconnector {
 public:
  /// Throws `std::errc::invalid_argument` for a policy that makes no sense; a bad URL is `next`'s.
  reconnector(std::string url, connect_options options = {}, reconnect_policy policy = {});
  reconnector(const reconnector&) = delete;
  reconnector& operator=(const reconnector&) = delete;
  ~reconnector();

  /// The next session, however many attempts it takes; nothing after `stop`. The first attempt is
  /// made at once, the others after the policy's delay. Throws what is not retried, and
  /// `errc::busy` while another one runs; it may be called again after that. Cancelling leaves it
  /// usable.
  task<std::optional<session>> next();

  /// Ends a `next` that waits or connects, and all to come. A session that was handed out goes on.
  void stop() noexcept;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace websock
