// Sessions on two threads, and everybody else.
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <mutex>
#include <thread>

#include "server/test_server.hpp"

using namespace support;
using websock::close_code;

namespace {

constexpr std::size_t sessions = 1000;
constexpr std::size_t messages = 5;  // for each session, from each of two threads

/// Handles of all sessions, for threads that are not theirs.
class roster {
 public:
  void add(websock::session_handle handle) {
    const std::lock_guard lock{mutex_};
    handles_.push_back(std::move(handle));
  }
  [[nodiscard]] std::vector<websock::session_handle> all() const {
    const std::lock_guard lock{mutex_};
    return handles_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<websock::session_handle> handles_;
};

task<void> take_messages(websock::io::endpoint where, std::size_t& done) {
  auto client = co_await open_session(where);
  std::size_t received = 0;
  while (auto message = co_await client.receive()) ++received;
  CHECK(received == 2 * messages);
  CHECK(client.was_clean());
  ++done;
}

}  // namespace

TEST_CASE("two_threads_1000_sessions_and_sends_from_the_wrong_thread") {
  roster known;
  event_count arrived;
  auto config = one_route();
  config.threads = 2;
  test_server served{[&](websock::session& session) -> task<void> {
                       known.add(session.handle());
                       arrived.add();
                       co_await read_to_the_close(session);
                     },
                     config};
  asio::io_context context;
  std::size_t done = 0;
  for (std::size_t i = 0; i < sessions; ++i) {
    asio::co_spawn(context, take_messages(served.where(), done), asio::detached);
  }
  std::atomic<std::size_t> refused = 0;
  const auto send_to_all = [&] {
    const auto handles = known.all();
    for (std::size_t i = 0; i < messages; ++i) {
      for (const auto& handle : handles) {
        if (!handle.post_send("from elsewhere")) ++refused;
      }
    }
  };
  std::thread elsewhere{[&] {
    if (!arrived.wait_for(sessions)) return;
    std::thread other{send_to_all};
    send_to_all();
    other.join();
    for (const auto& handle : known.all()) handle.post_close(close_code{3000});
  }};
  context.run_for(bound);
  elsewhere.join();
  CHECK(done == sessions);
  CHECK(refused == 0);
  CHECK(served.drain(websock::duration{10'000}));
  for (const auto& handle : known.all()) CHECK(handle.expired());
  CHECK_FALSE(known.all().front().post_send("too late"));
}
