#include "io/reactor.hpp"

#include <asio/query.hpp>
#include <utility>

#include "io/suspend.hpp"

namespace websock::io {

asio::execution_context::id reactor::id;

// Asio's set points to the hangup set from its construction on, so nothing may fail behind that.
reactor::reactor(asio::execution_context& context)
    : asio::execution_context::service{context},
      executor_{static_cast<asio::io_context&>(context).get_executor()},
      underlying_{asio::use_service<asio_reactor>(static_cast<asio::io_context&>(context))},
      due_work_{static_cast<asio::io_context&>(context),
                [](void* self) { static_cast<reactor*>(self)->work_off(); }, this},
      reserve_(reserve_size),
      hangups_{initialized(underlying_)} {}

asio_reactor& reactor::initialized(asio_reactor& underlying) {
  underlying.init_task();
  return underlying;
}

reactor& reactor::of(const asio::any_io_executor& executor) {
  asio::execution_context& context = asio::query(executor, asio::execution::context);
  return asio::use_service<reactor>(static_cast<asio::io_context&>(context));
}

void reactor::post(completion done, std::error_code error) noexcept {
  std::list<waiter> node;
  try {
    node.emplace_back();
  } catch (const std::bad_alloc&) {
    if (reserve_.empty()) return;
    node.splice(node.begin(), reserve_, reserve_.begin());
  }
  parked_.park(node.front(), std::move(done));
  add_due(node, error);
}

void reactor::post(std::list<waiter>& from, std::list<waiter>::iterator which,
                   std::error_code error) noexcept {
  std::list<waiter> node;
  node.splice(node.begin(), from, which);
  add_due(node, error);
}

void reactor::add_due(std::list<waiter>& node, std::error_code error) noexcept {
  node.front().result = error;
  due_.splice(due_.end(), node);
  due_work_.post();
}

// What becomes due meanwhile waits for the next time. If one of them throws through `run`, the others are due
// all the same.
void reactor::work_off() {
  try {
    for (std::size_t left = due_.size(); left != 0; --left) complete_first_due();
  } catch (...) {
    due_work_.post();
    throw;
  }
  turn_end_.run();
}

void reactor::complete_first_due() {
  const std::error_code error = due_.front().result;
  completion done = due_.front().take();
  if (reserve_.size() < reserve_size) {
    reserve_.splice(reserve_.end(), due_, due_.begin());
  } else {
    due_.pop_front();
  }
  if (done) resume(std::move(done), error);
}

void reactor::shutdown() noexcept { parked_.destroy_all(); }

task<void> reactor::next_turn() {
  const auto line_up = [this](completion done) noexcept { post(std::move(done), {}); };
  co_await suspend(line_up);
}

void reactor::resume(completion&& done, std::error_code error) {
  // Also when a handler throws through `run`: what was sent in this turn is written.
  struct turn {
    explicit turn(reactor& owner) noexcept : context{owner} {
      context.in_turn_ = true;
      context.now_ = time_point::min();
    }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    ~turn() {
      context.turn_end_.run();
      context.in_turn_ = false;
    }
    reactor& context;
  };
  const turn current{*this};
  done.complete(executor_, error);
}

void reactor::at_turn_end(turn_end_hook& hook) noexcept {
  turn_end_.push(hook);
  if (!in_turn_) due_work_.post();
}

}  // namespace websock::io
