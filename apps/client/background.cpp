#include "background.hpp"

#include <signal.h>

#include <asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

struct background::shared {
  explicit shared(asio::any_io_executor loop) : executor{std::move(loop)} {}

  // With the lock: the loop is there as long as the owner is.
  void report() {
    const std::lock_guard lock{mutex};
    if (owner != nullptr) asio::post(executor, [here = self.lock()] { here->finish(); });
  }

  void finish() {  // on the loop
    finished = true;
    if (owner != nullptr) owner->returned_.notify_all();
  }

  // The next call; empty at the end.
  std::function<void()> next() {
    std::unique_lock lock{mutex};
    changed.wait(lock, [this] { return call || owner == nullptr; });
    return std::exchange(call, nullptr);
  }

  asio::any_io_executor executor;
  std::weak_ptr<shared> self;
  std::mutex mutex;
  std::condition_variable changed;
  std::function<void()> call;
  background* owner = nullptr;  // null: nobody is there any more
  // Of the loop alone.
  bool finished = true;
  bool abandoned = false;
};

namespace {

// Signals are the event loop's.
void block_all_signals() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

background::background(asio::any_io_executor executor)
    : shared_{std::make_shared<shared>(executor)}, returned_{executor} {
  shared_->self = shared_;
  shared_->owner = this;
  std::thread{[here = shared_] {
    block_all_signals();
    while (auto call = here->next()) {
      call();
      call = nullptr;  // and what it owns, before anybody hears of it
      here->report();
    }
  }}.detach();
}

background::~background() {
  {
    const std::lock_guard lock{shared_->mutex};
    shared_->owner = nullptr;
  }
  shared_->changed.notify_one();
}

websock::task<void> background::run(std::function<void()> call) {
  if (shared_->abandoned) co_return;
  {
    const std::lock_guard lock{shared_->mutex};
    shared_->finished = false;
    shared_->call = std::move(call);
  }
  shared_->changed.notify_one();
  while (!shared_->finished && !shared_->abandoned) {
    co_await returned_.wait();
  }
}

void background::abandon() noexcept {
  shared_->abandoned = true;
  returned_.notify_all();
}
