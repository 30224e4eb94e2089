#include "websock/io/watchdog.hpp"

#include <asio/execution_context.hpp>
#include <asio/io_context.hpp>
#include <asio/query.hpp>
#include <asio/steady_timer.hpp>
#include <utility>

#include "io/due_work.hpp"

namespace websock::io {

/// All watchdogs of a context in the order of their deadlines, and the one timer.
class watchdog_service final : public asio::execution_context::service {
 public:
  static asio::execution_context::id id;

  explicit watchdog_service(asio::execution_context& context)
      : asio::execution_context::service{context},
        timer_{static_cast<asio::io_context&>(context)},
        again_{static_cast<asio::io_context&>(context),
               [](void* self) { static_cast<watchdog_service*>(self)->arm(); }, this} {}

  static watchdog_service& of(const asio::any_io_executor& executor) {
    asio::execution_context& context = asio::query(executor, asio::execution::context);
    return asio::use_service<watchdog_service>(static_cast<asio::io_context&>(context));
  }

  void move(watchdog& dog, watchdog::clock::time_point when) noexcept {
    remove(dog);
    if (when == watchdog::never) return;
    dog.due_ = dog.place_.value().first = when;
    queue_.insert(std::move(dog.place_));
    if (!running_) arm();
  }

  void forget(watchdog& dog) noexcept {
    if (current_ == &dog) current_ = nullptr;
    remove(dog);
  }

  void remove(watchdog& dog) noexcept {
    if (dog.due_ == watchdog::never) return;
    dog.place_ = queue_.extract({dog.due_, &dog});
    dog.due_ = watchdog::never;
    if (queue_.empty() && !running_) disarm();
  }

 private:
  void shutdown() noexcept override {}

  // Without memory for the wait it is tried again on the next turn: a thread that has lost its timer would
  // never end anybody again.
  void arm() noexcept {
    if (queue_.empty() || armed_for_ <= queue_.begin()->first) return;
    try {
      timer_.expires_at(queue_.begin()->first);
      timer_.async_wait([this](std::error_code error) {
        if (!error) run();
      });
      armed_for_ = queue_.begin()->first;
    } catch (...) {
      armed_for_ = watchdog::never;
      again_.post();
    }
  }

  void disarm() noexcept {
    armed_for_ = watchdog::never;
    timer_.cancel();
  }

  void run() noexcept {
    armed_for_ = watchdog::never;
    running_ = true;
    const auto now = watchdog::clock::now();
    while (!queue_.empty() && queue_.begin()->first <= now) look(*queue_.begin()->second, now);
    running_ = false;
    arm();
  }

  void look(watchdog& dog, watchdog::clock::time_point now) noexcept {
    remove(dog);
    current_ = &dog;
    watchdog::look check = std::move(dog.check_);  // it may destroy the dog
    const auto next = check(now);
    if (std::exchange(current_, nullptr) != &dog) return;
    dog.check_ = std::move(check);
    if (next < dog.due_) move(dog, next);
  }

  asio::steady_timer timer_;
  due_work again_;
  watchdog::queue queue_;
  watchdog::clock::time_point armed_for_ = watchdog::never;
  watchdog* current_ = nullptr;
  bool running_ = false;
};

asio::execution_context::id watchdog_service::id;

watchdog::watchdog(const asio::any_io_executor& executor, look check)
    : service_{watchdog_service::of(executor)}, check_{std::move(check)} {
  queue alone{{never, this}};
  place_ = alone.extract(alone.begin());
}

watchdog::~watchdog() { service_.forget(*this); }

void watchdog::look_at(clock::time_point when) noexcept {
  if (when < due_) service_.move(*this, when);
}

}  // namespace websock::io
