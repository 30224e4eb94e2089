#include "websock/io/watchdog.hpp"

#include <asio/execution_context.hpp>
#include <asio/io_context.hpp>
#include <asio/query.hpp>
#include <asio/steady_timer.hpp>
#include <set>
#include <utility>

namespace websock::io {

/// All watchdogs of a context in the order of their deadlines, and the one timer.
class watchdog_service final : public asio::execution_context::service {
 public:
  static asio::execution_context::id id;

  explicit watchdog_service(asio::execution_context& context)
      : asio::execution_context::service{context}, timer_{static_cast<asio::io_context&>(context)} {}

  static watchdog_service& of(const asio::any_io_executor& executor) {
    asio::execution_context& context = asio::query(executor, asio::execution::context);
    return asio::use_service<watchdog_service>(static_cast<asio::io_context&>(context));
  }

  void move(watchdog& dog, watchdog::clock::time_point when) {
    remove(dog);
    if (when == watchdog::never) return;
    dog.due_ = when;
    queue_.emplace(when, &dog);
    if (!running_) arm();
  }

  void remove(watchdog& dog) {
    if (current_ == &dog) current_ = nullptr;
    if (dog.due_ == watchdog::never) return;
    queue_.erase({dog.due_, &dog});
    dog.due_ = watchdog::never;
    if (queue_.empty() && !running_) disarm();
  }

 private:
  void shutdown() noexcept override {}

  void arm() {
    if (queue_.empty() || armed_for_ <= queue_.begin()->first) return;
    armed_for_ = queue_.begin()->first;
    timer_.expires_at(armed_for_);
    timer_.async_wait([this](std::error_code error) {
      if (!error) run();
    });
  }

  void disarm() {
    armed_for_ = watchdog::never;
    timer_.cancel();
  }

  void run() {
    armed_for_ = watchdog::never;
    running_ = true;
    const auto now = watchdog::clock::now();
    while (!queue_.empty() && queue_.begin()->first <= now) {
      watchdog& dog = *queue_.begin()->second;
      queue_.erase(queue_.begin());
      dog.due_ = watchdog::never;
      current_ = &dog;
      const watchdog::look check = dog.check_;  // it may destroy the dog, and itself with it
      const auto next = check(now);
      if (std::exchange(current_, nullptr) == &dog && next < dog.due_) move(dog, next);
    }
    running_ = false;
    arm();
  }

  asio::steady_timer timer_;
  std::set<std::pair<watchdog::clock::time_point, watchdog*>> queue_;
  watchdog::clock::time_point armed_for_ = watchdog::never;
  watchdog* current_ = nullptr;
  bool running_ = false;
};

asio::execution_context::id watchdog_service::id;

watchdog::watchdog(const asio::any_io_executor& executor, look check)
    : service_{watchdog_service::of(executor)}, check_{std::move(check)} {}

watchdog::~watchdog() { service_.remove(*this); }

void watchdog::look_at(clock::time_point when) {
  if (when < due_) service_.move(*this, when);
}

}  // namespace websock::io
