#include "websock/io/watchdog.hpp"

#include <algorithm>
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
    if (queue_.empty()) return;
    const auto next = std::max(queue_.begin()->first, not_before_);
    if (armed_for_ <= next) return;
    try {
      timer_.expires_at(next);
      timer_.async_wait([this](std::error_code error) {
        if (!error) run();
      });
      armed_for_ = next;
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
    const auto now = watchdog::clock::now();
    if (must_read_first(now)) return arm();
    running_ = true;
    while (!queue_.empty() && queue_.begin()->first <= now) look(*queue_.begin()->second, now);
    running_ = false;
    arm();
  }

  // Whoever looks late was stopped, suspended, or held up by a handler, and what came meanwhile is still unread:
  // nobody is to be dropped for that. Once; then the looks are due all the same.
  bool must_read_first(watchdog::clock::time_point now) noexcept {
    const bool is_late = !queue_.empty() && now - queue_.begin()->first > late;
    if (!is_late || now - not_before_ < late) return false;
    not_before_ = now + time_to_read;
    return true;
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

  static constexpr std::chrono::seconds late{1};
  static constexpr std::chrono::milliseconds time_to_read{250};

  asio::steady_timer timer_;
  due_work again_;
  watchdog::queue queue_;
  watchdog::clock::time_point armed_for_ = watchdog::never;
  watchdog::clock::time_point not_before_{};
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
