#include "websock/io/task_group.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <exception>
#include <list>
#include <utility>

#include "io/outlast.hpp"
#include "websock/io/notifier.hpp"

namespace websock::io {

struct task_group::state {
  explicit state(asio::any_io_executor where) : executor{where}, ended{where} {}

  void cancel() {
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
};

task_group::task_group(asio::any_io_executor executor) : state_{std::make_shared<state>(std::move(executor))} {}

task_group::~task_group() { state_->cancel(); }

void task_group::spawn(task<void> work) {
  const auto self = state_->running.emplace(state_->running.end());
  auto ended = [group = state_, self](std::exception_ptr error) {
    group->running.erase(self);
    if (error && !group->first_error) {
      group->first_error = error;
      group->cancel();
    }
    if (group->running.empty()) group->ended.notify_all();
  };
  asio::co_spawn(state_->executor, std::move(work), asio::bind_cancellation_slot(self->slot(), std::move(ended)));
}

task<void> task_group::join() {
  const auto group = state_;
  const auto done = [&group] { return group->running.empty(); };
  const auto cancel_all = [&group] { group->cancel(); };
  co_await outlast(group->ended, done, cancel_all);
  if (auto error = std::exchange(group->first_error, nullptr)) std::rethrow_exception(error);
}

void task_group::cancel() { state_->cancel(); }

std::size_t task_group::size() const noexcept { return state_->running.size(); }

}  // namespace websock::io
