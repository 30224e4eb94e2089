#include "websock/client/reconnector.hpp"

#include <algorithm>
#include <asio/error.hpp>
#include <asio/this_coro.hpp>
#include <chrono>
#include <utility>

#include "client/backoff.hpp"
#include "websock/io/task_group.hpp"
#include "websock/io/timer.hpp"

namespace websock {
namespace {

using clock = std::chrono::steady_clock;

void check(const reconnect_policy& policy) {
  const auto require = [](bool holds, const char* what) {
    if (!holds) throw std::system_error{std::make_error_code(std::errc::invalid_argument), what};
  };
  require(policy.first_delay >= duration::zero(), "reconnect_policy::first_delay must not be negative");
  require(policy.factor >= 1, "reconnect_policy::factor must be 1 or more");
  require(policy.maximum_delay >= policy.first_delay,
          "reconnect_policy::maximum_delay must not be less than first_delay");
}

}  // namespace

struct reconnector::state {
  state(std::string where, connect_options how, reconnect_policy when)
      : url{std::move(where)}, options{std::move(how)}, policy{std::move(when)} {
    check(policy);
  }

  static task<std::optional<session>> next(std::shared_ptr<state> self);
  static task<void> try_once(std::shared_ptr<state> self, std::shared_ptr<std::optional<session>> into);
  static task<void> attempt(std::shared_ptr<state> self, std::shared_ptr<std::optional<session>> into);
  void count_loss();
  void count_failure(const std::exception_ptr& error);
  void stop();

  const std::string url;
  const connect_options options;
  const reconnect_policy policy;

  std::size_t failures = 0;  // in a row
  duration asked_for{};      // by the server that refused us last: not to come back for so long
  std::optional<clock::time_point> handed_out;
  io::task_group* trying = nullptr;  // in the frame of a `next` that waits or connects
  bool is_running = false;           // a `next`
  bool is_stopped = false;
};

task<std::optional<session>> reconnector::state::next(std::shared_ptr<state> self) {
  if (self->is_running) throw std::system_error{errc::busy, "reconnector::next"};
  struct turn {
    explicit turn(state& one) : whose{one} { whose.is_running = true; }
    ~turn() { whose.is_running = false; }
    state& whose;
  };
  const turn mine{*self};
  self->count_loss();
  const auto arrived = std::make_shared<std::optional<session>>();
  while (!self->is_stopped && !*arrived) co_await try_once(self, arrived);
  if (self->is_stopped) co_return std::nullopt;
  self->handed_out = clock::now();
  co_return std::move(*arrived);
}

// Waits, and makes one attempt. Throws what is not to be tried again; a session that came all the
// same goes before that.
task<void> reconnector::state::try_once(std::shared_ptr<state> self,
                                        std::shared_ptr<std::optional<session>> into) {
  const auto executor = co_await asio::this_coro::executor;
  struct attempts {
    attempts(const asio::any_io_executor& where, state& one) : group{where}, whose{one} {
      whose.trying = &group;
    }
    ~attempts() { whose.trying = nullptr; }
    io::task_group group;
    state& whose;
  };
  std::exception_ptr error;
  try {
    attempts one{executor, *self};
    one.group.spawn(attempt(self, into));
    co_await one.group.join();
  } catch (...) {
    error = std::current_exception();
  }
  if (error && !into->has_value() && !self->is_stopped) self->count_failure(error);
}

task<void> reconnector::state::attempt(std::shared_ptr<state> self,
                                       std::shared_ptr<std::optional<session>> into) {
  const duration delay = self->asked_for + random_delay(longest_delay(self->policy, self->failures));
  if (delay > duration::zero()) co_await io::sleep_for(delay);
  session opened = co_await connect(self->url, self->options);
  into->emplace(std::move(opened));
}

// RFC 6455 section 7.2.3: "the first reconnect attempt SHOULD be delayed by a random amount of time",
// also after a session that lived long: all clients of the server have lost theirs.
void reconnector::state::count_loss() {
  if (!handed_out) return;
  const auto lived = clock::now() - *std::exchange(handed_out, std::nullopt);
  failures = lived >= policy.stable_after ? 1 : failures + 1;
  asked_for = {};
}

// Inside no catch block: `retry` is the user's, and may throw as well.
void reconnector::state::count_failure(const std::exception_ptr& error) {
  failed_attempt failed;
  failed.count = failures + 1;
  failed.error = error;
  try {
    std::rethrow_exception(error);
  } catch (const std::system_error& thrown) {
    failed.code = thrown.code();
  } catch (...) {  // then it has no code
  }
  if (failed.code == asio::error::operation_aborted) std::rethrow_exception(error);
  failures = failed.count;
  asked_for = std::min(retry_after(error), policy.maximum_delay);
  const bool again = policy.retry ? policy.retry(failed) : is_transient(failed);
  if (!again && !is_stopped) std::rethrow_exception(error);
}

void reconnector::state::stop() {
  is_stopped = true;
  if (trying != nullptr) trying->cancel();
}

reconnector::reconnector(std::string url, connect_options options, reconnect_policy policy)
    : state_{std::make_shared<state>(std::move(url), std::move(options), std::move(policy))} {}

reconnector::~reconnector() { stop(); }

task<std::optional<session>> reconnector::next() { return state::next(state_); }

void reconnector::stop() noexcept { state_->stop(); }

}  // namespace websock
