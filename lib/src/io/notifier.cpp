#include "websock/io/notifier.hpp"

#include <asio/associated_cancellation_slot.hpp>
#include <asio/async_result.hpp>
#include <asio/error.hpp>
#include <asio/use_awaitable.hpp>
#include <list>

#include "io/reactor.hpp"

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
    completion done = node->take();
    waiting.erase(node);
    if (done) context.post(std::move(done), error);
  }

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
  const auto start = [here = state_](auto handler) {
    waiter& node = here->waiting.emplace_back();
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
      slot.assign([where = std::weak_ptr{here}, which = &node](asio::cancellation_type) {
        if (const auto alive = where.lock()) alive->cancel(which);
      });
    }
    here->context.parked().park(node, completion{std::move(handler)});
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(std::error_code)>(start,
                                                                                    asio::use_awaitable);
}

void notifier::notify_one() noexcept {
  if (has_waiters()) state_->finish(state_->waiting.begin(), {});
}

void notifier::notify_all() noexcept {
  for (auto left = has_waiters() ? state_->waiting.size() : 0; left != 0; --left) notify_one();
}

bool notifier::has_waiters() const noexcept { return state_ != nullptr && !state_->waiting.empty(); }

}  // namespace websock::io
