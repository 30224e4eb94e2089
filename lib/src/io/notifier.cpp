#include "websock/io/notifier.hpp"

#include <asio/error.hpp>
#include <list>

#include "io/reactor.hpp"
#include "io/suspend.hpp"

namespace websock::io {

struct notifier::state {
  explicit state(reactor& owner) : context{owner} {}

  // A waiter's cancellation names its own node: by then another may wait at the front.
  void cancel(const waiter* which) noexcept {
    for (auto node = waiting.begin(); node != waiting.end(); ++node) {
      if (&*node == which) {
        finish(node, asio::error::operation_aborted);
        return;
      }
    }
  }

  void finish(std::list<waiter>::iterator node, std::error_code error) noexcept {
    if (*node) {
      context.post(waiting, node, error);
    } else {  // who waited was destroyed with the context, which may be gone
      waiting.erase(node);
    }
  }

  static task<void> wait(std::shared_ptr<state> here);

  reactor& context;
  std::list<waiter> waiting;
};

notifier::notifier(const asio::any_io_executor& executor) : home_{reactor::of(executor)} {}

notifier::~notifier() {
  if (state_ == nullptr) return;
  while (!state_->waiting.empty()) state_->finish(state_->waiting.begin(), asio::error::operation_aborted);
}

task<void> notifier::wait() {
  if (state_ == nullptr) state_ = std::make_shared<state>(home_);
  return state::wait(state_);
}

task<void> notifier::state::wait(std::shared_ptr<state> here) {
  std::list<waiter> mine(1);
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (auto slot = cancellation.slot(); slot.is_connected()) {
    slot.assign([where = std::weak_ptr{here}, which = &mine.front()](asio::cancellation_type) {
      if (const auto alive = where.lock()) alive->cancel(which);
    });
  }
  const auto park = [&here, &mine](completion done) noexcept {
    waiter& node = mine.front();
    here->waiting.splice(here->waiting.end(), mine);
    here->context.parked().park(node, std::move(done));
  };
  co_await suspend(park);
}

void notifier::notify_one() noexcept {
  if (has_waiters()) state_->finish(state_->waiting.begin(), {});
}

void notifier::notify_all() noexcept {
  for (auto left = has_waiters() ? state_->waiting.size() : 0; left != 0; --left) notify_one();
}

bool notifier::has_waiters() const noexcept { return state_ != nullptr && !state_->waiting.empty(); }

}  // namespace websock::io
