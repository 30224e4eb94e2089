// Whole lives of sessions, in which something fails.
#pragma once

#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include "faults/failing_memory.hpp"
#include "server/test_server.hpp"
#include "support/descriptors.hpp"
#include "websock/io/timer.hpp"

namespace faults {

using namespace support;

/// What fails is logged, thousands of times.
inline void log_nothing() {
  spdlog::drop("websock");
  spdlog::register_logger(
      std::make_shared<spdlog::logger>("websock", std::make_shared<spdlog::sinks::null_sink_mt>()));
}

struct scenario {
  websock::server_config config = one_route();
  websock::connect_options options;
  bool is_secure = false;

  [[nodiscard]] std::string url(const websock::io::endpoint& where) const {
    return is_secure ? "wss://localhost:" + std::to_string(where.port) + "/ws" : url_of(where, "/ws");
  }
};

inline void require(bool holds) {
  if (!holds) throw std::logic_error{"a message came back wrong"};
}

/// A client's life that may be cut short anywhere. What comes must be right.
inline task<void> live(std::string url, const websock::connect_options& options) {
  auto client = co_await websock::connect(url, options);
  const std::string small = "hello";
  const std::string large(200'000, 'x');
  for (const std::string* text : {&small, &large, &small}) {
    co_await client.send(*text);
    const auto back = co_await client.receive();
    if (!back) co_return;
    require(back->text() == *text);
  }
  auto writer = co_await client.start_message(websock::opcode::text);
  co_await writer.write(small);
  co_await writer.write(large);
  co_await writer.finish();
  const auto joined = co_await client.receive();
  if (!joined) co_return;
  require(joined->text().size() == small.size() + large.size() && joined->text().starts_with(small));
  co_await client.close();
}

inline task<void> echo_once(websock::session& client) {
  const std::string text = "still here";
  co_await client.send(text);
  const auto back = co_await client.receive();
  REQUIRE(back);
  CHECK(back->text() == text);
}

inline task<void> live_bounded(std::string url, const websock::connect_options& options, bool& is_whole) {
  try {
    task<void> life = live(std::move(url), options);
    co_await websock::io::with_timeout(std::move(life), std::chrono::seconds{20});
    is_whole = true;
  } catch (const std::system_error& error) {
    const enough_memory here;
    CHECK(error.code() != websock::errc::timed_out);  // it ends; it does not hang
  } catch (const std::bad_alloc&) {
  }
}

/// A server's handler that does all that a handler can.
inline task<void> busy_echo(websock::session& session) {
  int count = 0;
  while (auto message = co_await session.receive()) {
    co_await session.send(*message);
    if (++count == 2) co_await session.flush();
  }
}

struct outcome {
  std::size_t lives = 0;
  std::size_t lost = 0;
};

/// Lives through one life after the other, the n-th under `make_fault(n)`, until one comes whose fault did not
/// strike. A session beside them, on the same thread, must not notice, and nothing may stay open.
template <typename MakeFault>
outcome live_until_unharmed(const scenario& what, MakeFault make_fault) {
  log_nothing();
  const std::size_t sockets = open_sockets();
  outcome seen;
  {
    const test_server served{busy_echo, what.config};
    const std::string url = what.url(served.where());
    asio::io_context context;
    std::optional<websock::session> bystander;
    run(context,
        [](std::string to, const scenario& which, std::optional<websock::session>& into) -> task<void> {
          into = co_await websock::connect(to, which.options);
          co_await echo_once(*into);
        }(url, what, bystander));
    for (bool has_failed = true; has_failed;) {
      bool is_whole = false;
      const auto fault = make_fault(++seen.lives);
      run(context, live_bounded(url, what.options, is_whole));
      has_failed = fault->has_failed();
      if (!is_whole) ++seen.lost;
    }
    run(context, [](websock::session& other) -> task<void> {
      co_await echo_once(other);
      co_await other.close();
      CHECK(other.was_clean());
    }(*bystander));
  }
  CHECK(open_sockets() == sockets);
  return seen;
}

}  // namespace faults
