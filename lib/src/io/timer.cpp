#include "websock/io/timer.hpp"

#include <asio/cancellation_signal.hpp>
#include <asio/this_coro.hpp>

#include "io/outlast.hpp"
#include "io/spawn.hpp"
#include "websock/io/watchdog.hpp"

namespace websock::io {

task<void> sleep_for(duration time) {
  const auto executor = co_await asio::this_coro::executor;
  notifier over{executor};
  bool is_over = false;
  watchdog alarm{executor, [&over, &is_over](auto) {
                   is_over = true;
                   over.notify_all();
                   return watchdog::never;
                 }};
  if (time != no_timeout) alarm.look_at(watchdog::clock::now() + time);
  while (!is_over) co_await over.wait();
}

namespace detail {
namespace {

// The operation's end may come after the frame that waits for it is gone: the context's own end.
struct timed_operation {
  explicit timed_operation(const asio::any_io_executor& executor) : finished{executor} {}
  asio::cancellation_signal stop;
  notifier finished;
  std::exception_ptr error;
  bool done = false;
};

}  // namespace

task<bool> run_until(task<void> work, duration limit, std::exception_ptr& error) {
  const auto executor = co_await asio::this_coro::executor;
  const auto operation = std::make_shared<timed_operation>(executor);
  auto ended = [operation](std::exception_ptr thrown) {
    operation->error = thrown;
    operation->done = true;
    operation->finished.notify_all();
  };
  spawn(executor, std::move(work), std::move(ended), operation->stop.slot());

  bool late = false;
  const auto stop = [&operation] { operation->stop.emit(asio::cancellation_type::terminal); };
  const auto done = [&operation] { return operation->done; };
  watchdog deadline{executor, [&late, &stop](auto) {
                      late = true;
                      stop();
                      return watchdog::never;
                    }};
  if (limit != no_timeout) deadline.look_at(watchdog::clock::now() + limit);
  co_await outlast(operation->finished, done, stop);
  error = operation->error;
  co_return late;
}

void throw_end(bool late, const std::exception_ptr& error) {
  if (late) throw std::system_error{errc::timed_out};
  std::rethrow_exception(error);
}

}  // namespace detail
}  // namespace websock::io
