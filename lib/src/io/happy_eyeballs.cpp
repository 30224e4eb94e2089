// RFC 8305, Happy Eyeballs Version 2: Better Connectivity Using Concurrency.
#include <algorithm>
#include <array>
#include <asio/error.hpp>
#include <asio/this_coro.hpp>
#include <chrono>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "io/address.hpp"
#include "websock/io/connect.hpp"
#include "websock/io/notifier.hpp"
#include "websock/io/task_group.hpp"
#include "websock/io/watchdog.hpp"

namespace websock::io {
namespace {

using time_point = watchdog::clock::time_point;

time_point after(duration delay) {
  constexpr duration longest = std::chrono::hours{24 * 365};  // beyond that the sum would overflow
  return watchdog::clock::now() + std::min(delay, longest);
}

bool is_not_found(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::system_error& thrown) {
    return thrown.code() == asio::error::host_not_found || thrown.code() == asio::error::no_data;
  } catch (...) {
    return false;
  }
}

struct attempt_to {
  endpoint where;
  std::size_t number;  // from 1 on
};

/// What is known of one host's addresses, and of the attempts to connect to them. Its tasks share it:
/// where their context is destroyed, they end in any order.
class race {
 public:
  race(const asio::any_io_executor& executor, std::string host, std::uint16_t port, connect_policy policy)
      : changed{executor},
        host_{std::move(host)},
        port_{port},
        policy_{std::move(policy)},
        alarm_{executor, [this](time_point) {
                 changed.notify_all();
                 return watchdog::never;
               }} {}

  task<std::vector<endpoint>> ask(address_family family) {
    return policy_.lookup ? policy_.lookup(host_, port_, family) : resolve(host_, port_, family);
  }
  [[nodiscard]] const std::string& local_address() const { return policy_.local_address; }

  void answered(address_family family, std::vector<endpoint> found);
  void lookup_failed(std::exception_ptr error);
  void connected(stream_ptr stream);
  void attempt_failed(const attempt_to& which, std::exception_ptr error);

  /// The attempt that is to be started now.
  std::optional<attempt_to> next();
  /// Lets `changed` notify when there is a next attempt.
  void set_alarm();
  [[nodiscard]] bool is_over() const;
  stream_ptr result();

  notifier changed;

 private:
  // What is known of the addresses of one family.
  struct addresses {
    std::deque<endpoint> untried;
    bool are_known = false;
  };

  [[nodiscard]] bool has_untried() const { return !ipv6_.untried.empty() || !ipv4_.untried.empty(); }
  addresses& choose_family();

  std::string host_;
  std::uint16_t port_;
  connect_policy policy_;
  watchdog alarm_;
  addresses ipv6_;
  addresses ipv4_;
  bool ipv6_is_next_ = true;
  time_point next_at_ = watchdog::never;  // the next attempt, not before
  std::size_t started_ = 0;
  std::size_t running_ = 0;
  stream_ptr winner_;
  std::exception_ptr lookup_error_;
  std::exception_ptr attempt_error_;
};

using race_ptr = std::shared_ptr<race>;

// RFC 8305 section 3: "If a positive A response is received first due to reordering, the client
// SHOULD wait a short time for the AAAA response to ensure that preference is given to IPv6".
void race::answered(address_family family, std::vector<endpoint> found) {
  addresses& known = family == address_family::ipv6 ? ipv6_ : ipv4_;
  known.are_known = true;
  std::ranges::move(found, std::back_inserter(known.untried));
  if (started_ == 0)
    next_at_ = std::min(next_at_, after(ipv6_.are_known ? duration{} : policy_.resolution_delay));
  changed.notify_all();
}

// That one family has no address says less than anything else.
void race::lookup_failed(std::exception_ptr error) {
  if (!lookup_error_ || is_not_found(lookup_error_)) lookup_error_ = std::move(error);
}

void race::connected(stream_ptr stream) {
  --running_;
  if (winner_ == nullptr) winner_ = std::move(stream);
  changed.notify_all();
}

// Section 5: "If one of the connection attempts ... fails ..., the next attempt may be started
// immediately"; but not when a later one is already under way.
void race::attempt_failed(const attempt_to& which, std::exception_ptr error) {
  --running_;
  attempt_error_ = std::move(error);
  if (which.number == started_) next_at_ = watchdog::clock::now();
  changed.notify_all();
}

// Section 4: the families take turns, so that one that is broken holds nobody up.
race::addresses& race::choose_family() {
  const bool ipv6 = ipv4_.untried.empty() || (ipv6_is_next_ && !ipv6_.untried.empty());
  ipv6_is_next_ = !ipv6;
  return ipv6 ? ipv6_ : ipv4_;
}

std::optional<attempt_to> race::next() {
  if (!has_untried() || watchdog::clock::now() < next_at_) return std::nullopt;
  std::deque<endpoint>& untried = choose_family().untried;
  attempt_to attempt{std::move(untried.front()), ++started_};
  untried.pop_front();
  ++running_;
  next_at_ = after(policy_.attempt_delay);
  return attempt;
}

void race::set_alarm() {
  if (has_untried()) alarm_.look_at(next_at_);
}

bool race::is_over() const {
  if (winner_ != nullptr) return true;
  return ipv6_.are_known && ipv4_.are_known && !has_untried() && running_ == 0;
}

stream_ptr race::result() {
  if (winner_ != nullptr) return std::move(winner_);
  if (attempt_error_) std::rethrow_exception(attempt_error_);
  if (lookup_error_) std::rethrow_exception(lookup_error_);
  throw std::system_error{asio::error::host_not_found, "cannot resolve " + host_};
}

task<void> look_up(race_ptr race, address_family family) {
  std::vector<endpoint> found;
  try {
    task<std::vector<endpoint>> asking = race->ask(family);
    auto answer = co_await std::move(asking);
    found = std::move(answer);
  } catch (...) {
    race->lookup_failed(std::current_exception());
  }
  race->answered(family, std::move(found));
}

task<void> attempt(race_ptr race, attempt_to which) {
  try {
    stream_ptr stream = co_await connect(which.where, race->local_address());
    race->connected(std::move(stream));
  } catch (...) {
    race->attempt_failed(which, std::current_exception());
  }
}

task<void> start_attempts(race_ptr race, task_group& tasks) {
  while (!race->is_over()) {
    if (auto which = race->next()) {
      tasks.spawn(attempt(race, std::move(*which)));
    } else {
      race->set_alarm();
      co_await race->changed.wait();
    }
  }
  tasks.cancel();
}

task<stream_ptr> run_race(std::string host, std::uint16_t port, connect_policy policy) {
  const auto executor = co_await asio::this_coro::executor;
  const auto shared = std::make_shared<race>(executor, std::move(host), port, std::move(policy));
  task_group tasks{executor};
  tasks.spawn(look_up(shared, address_family::ipv6));
  tasks.spawn(look_up(shared, address_family::ipv4));
  tasks.spawn(start_attempts(shared, tasks));
  co_await tasks.join();
  co_return shared->result();
}

}  // namespace

task<stream_ptr> connect(std::string host, std::uint16_t port) {
  return connect(std::move(host), port, connect_policy{});
}

// No coroutine: the policy is copied before the caller goes on.
task<stream_ptr> connect(std::string host, std::uint16_t port, const connect_policy& policy) {
  if (is_ip_literal(host)) return connect(endpoint{std::move(host), port, {}}, policy.local_address);
  return run_race(std::move(host), port, policy);
}

}  // namespace websock::io
