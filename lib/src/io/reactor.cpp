#include "io/reactor.hpp"

#include <asio/post.hpp>
#include <asio/query.hpp>
#include <utility>

namespace websock::io {

asio::execution_context::id reactor::id;

reactor::reactor(asio::execution_context& context)
    : asio::execution_context::service{context},
      executor_{static_cast<asio::io_context&>(context).get_executor()},
      underlying_{asio::use_service<asio_reactor>(static_cast<asio::io_context&>(context))},
      hangups_{underlying_} {
  underlying_.init_task();
}

reactor& reactor::of(const asio::any_io_executor& executor) {
  asio::execution_context& context = asio::query(executor, asio::execution::context);
  return asio::use_service<reactor>(static_cast<asio::io_context&>(context));
}

void reactor::post(completion done, std::error_code error) {
  asio::post(executor_, [this, done = std::move(done), error]() mutable { resume(std::move(done), error); });
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

void reactor::at_turn_end(turn_end_hook& hook) {
  turn_end_.push(hook);
  if (in_turn_ || turn_end_posted_) return;
  turn_end_posted_ = true;
  asio::post(executor_, [this] {
    turn_end_posted_ = false;
    turn_end_.run();
  });
}

}  // namespace websock::io
