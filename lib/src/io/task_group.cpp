#include "websock/io/task_group.hpp"

#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <exception>
#include <list>
#include <system_error>
#include <utility>

#include "io/outlast.hpp"
#include "io/spawn.hpp"
#include "websock/io/notifier.hpp"

namespace websock::io {
namespace {

bool is_cancellation(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::system_error& thrown) {
    return thrown.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace

struct task_group::state {
  explicit state(asio::any_io_executor where) : executor{where}, ended{where} {}

  void cancel() {
    is_stopping = !running.empty();
    // A task that is cancelled may end at once and leave the list.
    for (auto task = running.begin(); task != running.end();) {
      asio::cancellation_signal& stop = *task++;
      stop.emit(asio::cancellation_type::terminal);
    }
  }

  asio::any_io_executor executor;
  std::list<asio::cancellation_signal> running;
  notifier ended;
  std::exception_ptr first_error;
  bool is_stopping = false;  // from `cancel` until none is left: being cancelled is no failure then

  void ended_with(std::exception_ptr error) {
    if (error && !first_error && !(is_stopping && is_cancellation(error))) {
      first_error = error;
      cancel();
    }
    if (!running.empty()) return;
    is_stopping = false;
    ended.notify_all();
  }
};

task_group::task_group(asio::any_io_executor executor)
    : state_{std::make_shared<state>(std::move(executor))} {}

task_group::~task_group() { state_->cancel(); }

/// A task's place in its group, until it ends or is destroyed with its context: after that nothing
/// may be sent to it any more, since what it waited in is gone.
class task_group::place {
 public:
  explicit place(std::shared_ptr<state> group)
      : group_{std::move(group)}, stop_{group_->running.emplace(group_->running.end())} {}
  place(place&&) noexcept = default;
  place& operator=(place&&) = delete;
  ~place() {
    if (group_ != nullptr) group_->running.erase(stop_);
  }

  [[nodiscard]] asio::cancellation_slot slot() const noexcept { return stop_->slot(); }

  void operator()(std::exception_ptr error) {
    const auto group = std::move(group_);
    group->running.erase(stop_);
    group->ended_with(std::move(error));
  }

 private:
  std::shared_ptr<state> group_;
  std::list<asio::cancellation_signal>::iterator stop_;
};

void task_group::spawn(task<void> work) {
  place own{state_};
  const auto slot = own.slot();
  io::spawn(state_->executor, std::move(work), std::move(own), slot);
}

task<void> task_group::join() {
  const auto group = state_;
  const auto done = [&group] { return group->running.empty(); };
  const auto cancel_all = [&group] {
    if (!group->first_error) {
      group->first_error = std::make_exception_ptr(std::system_error{asio::error::operation_aborted, "join"});
    }
    group->cancel();
  };
  co_await outlast(group->ended, done, cancel_all);
  if (auto error = std::exchange(group->first_error, nullptr)) std::rethrow_exception(error);
}

void task_group::cancel() { state_->cancel(); }

std::size_t task_group::size() const noexcept { return state_->running.size(); }

}  // namespace websock::io
