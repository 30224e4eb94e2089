// Timers, timeouts, groups, notifiers, the watchdog.
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/spawn.hpp"
#include "websock/io/memory_pair.hpp"
#include "websock/io/notifier.hpp"
#include "websock/io/task_group.hpp"
#include "websock/io/timer.hpp"
#include "websock/io/watchdog.hpp"

using namespace websock;
using namespace std::chrono_literals;

namespace {

task<std::string> answer() { co_return "answer"; }

task<void> forever(bool& ended) {
  try {
    co_await io::sleep_for(no_timeout);
  } catch (...) {
    ended = true;
    throw;
  }
}

task<void> fail() {
  throw std::runtime_error{"failed"};
  co_return;
}

// Has its value all the same when it is cancelled.
task<int> late_value() {
  co_await asio::this_coro::throw_if_cancelled(false);
  try {
    co_await io::sleep_for(no_timeout);
  } catch (const std::system_error&) {
  }
  co_return 7;
}

}  // namespace

TEST_CASE("with_timeout hands on what came in time") {
  asio::io_context context{1};
  support::run(context, []() -> task<void> {
    const std::string value = co_await io::with_timeout(answer(), 60s);
    CHECK(value == "answer");
  }());
}

TEST_CASE("with_timeout cancels what is late, and waits for its end") {
  asio::io_context context{1};
  bool ended = false;
  support::run(context, [](bool& over) -> task<void> {
    const auto error = co_await support::error_of(io::with_timeout(forever(over), 1ms));
    CHECK(error == errc::timed_out);
    CHECK(error == condition::timeout);
    CHECK(over);
  }(ended));
}

TEST_CASE("with_timeout loses no value that came with the cancellation") {
  asio::io_context context{1};
  support::run(context, []() -> task<void> {
    const int value = co_await io::with_timeout(late_value(), 1ms);
    CHECK(value == 7);
  }());
}

TEST_CASE("with_timeout hands on the operation's own exception") {
  asio::io_context context{1};
  CHECK_THROWS_WITH(support::run(context, io::with_timeout(fail(), 60s)), "failed");
}

TEST_CASE("cancelling the caller of with_timeout cancels the operation") {
  asio::io_context context{1};
  asio::cancellation_signal cancel;
  std::error_code error;
  bool inner = false;
  bool outer = false;
  asio::co_spawn(context, support::store_error(io::with_timeout(forever(inner), 60s), error, outer),
                 asio::bind_cancellation_slot(cancel.slot(), asio::detached));
  context.poll();
  cancel.emit(asio::cancellation_type::terminal);
  support::poll_until(context, [&] { return outer; });
  CHECK(inner);
  CHECK(error == asio::error::operation_aborted);
}

TEST_CASE("the first failure of a group cancels the others and is what join throws") {
  asio::io_context context{1};
  bool ended = false;
  const auto run_group = [](bool& over) -> task<void> {
    const auto executor = co_await asio::this_coro::executor;
    io::task_group group{executor};
    group.spawn(forever(over));
    group.spawn(fail());
    co_await group.join();
  };
  CHECK_THROWS_WITH(support::run(context, run_group(ended)), "failed");
  CHECK(ended);
}

TEST_CASE("a group that was told to cancel joins without an error") {
  asio::io_context context{1};
  bool ended = false;
  support::run(context, [](bool& over) -> task<void> {
    const auto executor = co_await asio::this_coro::executor;
    io::task_group group{executor};
    group.spawn(forever(over));
    co_await asio::post(executor, asio::use_awaitable);
    group.cancel();
    co_await group.join();
    CHECK(over);
  }(ended));
}

TEST_CASE("join waits for tasks that are spawned while it waits") {
  asio::io_context context{1};
  int count = 0;
  support::run(context, [](int& done) -> task<void> {
    const auto executor = co_await asio::this_coro::executor;
    io::task_group group{executor};
    const auto second = [](int& n) -> task<void> {
      ++n;
      co_return;
    };
    const auto first = [&](int& n) -> task<void> {
      ++n;
      group.spawn(second(n));
      co_return;
    };
    group.spawn(first(done));
    co_await group.join();
    CHECK(done == 2);
    CHECK(group.size() == 0);
  }(count));
}

TEST_CASE("a context may be destroyed with a group's tasks, in any order") {
  const bool group_waits_first = GENERATE(true, false);
  asio::io_context context{1};
  const auto wait = [&]() -> task<void> {
    const auto executor = co_await asio::this_coro::executor;
    const auto ends = io::memory_pair(executor);
    if (group_waits_first) co_await asio::post(executor, asio::use_awaitable);
    co_await ends.first->wait(io::direction::read);
  };
  const auto run_group = [](task<void> work) -> task<void> {
    const auto executor = co_await asio::this_coro::executor;
    io::task_group group{executor};
    group.spawn(std::move(work));
    co_await group.join();
  };
  support::spawn(context, run_group(wait()));
  context.poll();
}

TEST_CASE("a notifier wakes in the order of the waits, and one at a time when asked to") {
  asio::io_context context{1};
  io::notifier event{context.get_executor()};
  std::vector<int> order;
  const auto wait = [&](int number) -> task<void> {
    co_await event.wait();
    order.push_back(number);
  };
  for (int i = 0; i < 3; ++i) support::spawn(context, wait(i));
  context.poll();
  event.notify_one();
  CHECK(order.empty());  // never inside the call
  context.restart();
  context.poll();
  CHECK(order == std::vector{0});
  event.notify_all();
  context.restart();
  context.poll();
  CHECK(order == std::vector{0, 1, 2});
  CHECK_FALSE(event.has_waiters());
}

TEST_CASE("a cancelled wait takes no notification with it") {
  asio::io_context context{1};
  io::notifier event{context.get_executor()};
  asio::cancellation_signal cancel;
  std::error_code error;
  bool first = false;
  bool second = false;
  asio::co_spawn(context, support::store_error(event.wait(), error, first),
                 asio::bind_cancellation_slot(cancel.slot(), asio::detached));
  std::error_code none;
  support::spawn(context, support::store_error(event.wait(), none, second));
  context.poll();
  cancel.emit(asio::cancellation_type::terminal);
  event.notify_one();
  support::poll_until(context, [&] { return first && second; });
  CHECK(error == asio::error::operation_aborted);
  CHECK_FALSE(none);
}

TEST_CASE("a watchdog looks again when it was told to, and not before") {
  asio::io_context context{1};
  int looks = 0;
  const auto start = io::watchdog::clock::now();
  io::watchdog dog{context.get_executor(), [&](io::watchdog::clock::time_point now) {
                     ++looks;
                     CHECK(now >= start + looks * 2ms);
                     return looks < 3 ? now + 2ms : io::watchdog::never;
                   }};
  dog.look_at(start + 2ms);
  context.run_for(support::bound);  // ends by itself: nothing is due any more
  CHECK(looks == 3);
}

TEST_CASE("a watchdog may be destroyed by what it finds") {
  asio::io_context context{1};
  std::optional<io::watchdog> dog;
  bool looked = false;
  dog.emplace(context.get_executor(), [&](auto now) {
    looked = true;
    dog.reset();
    return now;
  });
  dog->look_at(io::watchdog::clock::now());
  context.run_for(support::bound);
  CHECK(looked);
  CHECK_FALSE(dog);
}
