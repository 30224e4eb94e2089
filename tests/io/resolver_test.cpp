// The system's resolver, and the threads that it blocks.
#include <algorithm>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "io/blocking.hpp"
#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/spawn.hpp"
#include "websock/io/connect.hpp"

using namespace websock;

namespace {

task<void> store(task<std::vector<io::endpoint>> resolving, std::vector<io::endpoint>& into) {
  auto found = co_await std::move(resolving);
  into = std::move(found);
}

std::vector<io::endpoint> result_of(task<std::vector<io::endpoint>> resolving) {
  asio::io_context context{1};
  std::vector<io::endpoint> found;
  support::run(context, store(std::move(resolving), found));
  return found;
}

bool has(const std::vector<io::endpoint>& found, const std::string& text) {
  return std::ranges::any_of(found, [&](const io::endpoint& one) { return one.to_string() == text; });
}

/// Work that blocks until it is let go.
struct gate {
  std::promise<void> opened;
  std::shared_future<void> open = opened.get_future().share();
  std::shared_ptr<std::atomic<int>> begun = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::atomic<int>> finished = std::make_shared<std::atomic<int>>(0);

  [[nodiscard]] std::function<void()> work() const {
    return [open = open, begun = begun, finished = finished] {
      ++*begun;
      open.wait();
      ++*finished;
    };
  }
  static void until(const std::atomic<int>& count, int wanted) {
    while (count < wanted) std::this_thread::yield();
  }
};

task<void> count(task<void> work, int& ended) {
  co_await std::move(work);
  ++ended;
}

constexpr int all_threads = static_cast<int>(io::most_blocking_calls);

}  // namespace

TEST_CASE("localhost and the names below it are the loopback, whatever a name server says") {
  for (const char* const name : {"localhost", "LocalHost.", "app.localhost"}) {
    CAPTURE(name);
    const auto both = result_of(io::resolve(name, 80));
    CHECK(both.size() == 2);
    CHECK(has(both, "[::1]:80"));
    CHECK(has(both, "127.0.0.1:80"));
    CHECK(has(result_of(io::resolve(name, 80, io::address_family::ipv4)), "127.0.0.1:80"));
    CHECK(has(result_of(io::resolve(name, 80, io::address_family::ipv6)), "[::1]:80"));
  }
  for (const char* const other : {"localhost.invalid", "xlocalhost.invalid"}) {
    CHECK_THROWS(result_of(io::resolve(other, 80)));
  }
}

TEST_CASE("an IP literal is its own address") {
  CHECK(has(result_of(io::resolve("192.0.2.1", 80)), "192.0.2.1:80"));
  CHECK(has(result_of(io::resolve("2001:db8::1", 80)), "[2001:db8::1]:80"));
}

TEST_CASE("an error of the resolver names the host") {
  CHECK_THROWS_WITH(result_of(io::resolve("nobody.invalid", 80)),
                    Catch::Contains("cannot resolve nobody.invalid: "));
  CHECK_THROWS_WITH(result_of(io::resolve(std::string{"localhost\0.invalid", 18}, 80)),
                    Catch::Contains("cannot resolve localhost"));
}

TEST_CASE("an address of the other family is no data") {
  asio::io_context context{1};
  std::vector<io::endpoint> found;
  std::error_code error;
  bool ended = false;
  task<void> asking = store(io::resolve("127.0.0.1", 80, io::address_family::ipv6), found);
  support::run(context, support::store_error(std::move(asking), error, ended));
  CHECK(error == asio::error::no_data);
}

TEST_CASE("more queries than threads are all answered") {
  asio::io_context context{1};
  std::vector<std::vector<io::endpoint>> found(10 * io::most_blocking_calls);
  for (auto& one : found)
    support::spawn(context, store(io::resolve("127.0.0.1", 80, io::address_family::ipv4), one));
  context.run_for(support::bound);
  CHECK(std::ranges::none_of(found, [](const auto& one) { return one.empty(); }));
}

TEST_CASE("a query keeps its context running, and a cancelled one does not") {
  const gate closed;
  asio::io_context context{1};
  asio::cancellation_signal stop;
  std::error_code error;
  bool ended = false;
  asio::co_spawn(context, support::store_error(io::run_blocking(closed.work()), error, ended),
                 asio::bind_cancellation_slot(stop.slot(), asio::detached));
  context.poll();
  CHECK_FALSE(context.stopped());
  gate::until(*closed.begun, 1);
  stop.emit(asio::cancellation_type::terminal);
  context.run_for(support::bound);
  CHECK(context.stopped());
  CHECK(error == asio::error::operation_aborted);
  CHECK(*closed.finished == 0);
}

TEST_CASE("a call beyond the number of threads waits for its turn, and need not begin") {
  gate held;
  const gate beyond;
  const gate cancelled;
  asio::io_context context{1};
  int ended = 0;
  for (int i = 0; i < all_threads; ++i) support::spawn(context, count(io::run_blocking(held.work()), ended));
  context.poll();
  gate::until(*held.begun, all_threads);
  asio::cancellation_signal stop;
  asio::co_spawn(context, io::run_blocking(cancelled.work()),
                 asio::bind_cancellation_slot(stop.slot(), asio::detached));
  const auto quick = std::make_shared<std::atomic<int>>(0);
  support::spawn(context, count(io::run_blocking([quick] { ++*quick; }), ended));
  context.poll();
  CHECK(*quick == 0);
  stop.emit(asio::cancellation_type::terminal);
  context.poll();
  held.opened.set_value();
  context.run_for(support::bound);
  CHECK(ended == all_threads + 1);
  CHECK(*quick == 1);
  CHECK(*cancelled.begun == 0);
}

TEST_CASE("a context does not wait for what blocks when it is destroyed") {
  gate held;
  int ended = 0;
  {
    asio::io_context context{1};
    for (int i = 0; i < 2 * all_threads; ++i)
      support::spawn(context, count(io::run_blocking(held.work()), ended));
    context.poll();
    gate::until(*held.begun, all_threads);
  }
  CHECK(*held.begun == all_threads);  // the others were given up with the context
  held.opened.set_value();
  gate::until(*held.finished, all_threads);
  CHECK(ended == 0);
}

TEST_CASE("answers may come while their context is destroyed") {
  for (int i = 0; i < 200; ++i) {
    asio::io_context context{1};
    std::vector<io::endpoint> found;
    support::spawn(context, store(io::resolve("127.0.0.1", 80, io::address_family::ipv4), found));
    context.poll();
    for (int yields = 0; yields < i % 20; ++yields) std::this_thread::yield();
  }
}
