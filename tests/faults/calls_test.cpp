// System calls that are interrupted, move one octet, or fail.
#include <cerrno>
#include <csignal>

#include "faults/failing_calls.hpp"
#include "faults/lives.hpp"

using namespace faults;

TEST_CASE("calls that are interrupted, find nothing or move one octet lose nothing") {
  const std::uint64_t seed = GENERATE(1U, 2U, 3U);
  CAPTURE(seed);
  log_nothing();
  const test_server served{busy_echo};
  asio::io_context context;
  const failing_calls faulty{{.seed = seed, .soft_percent = 30}};
  for (int i = 0; i < 5; ++i) {
    bool is_whole = false;
    run(context, live_bounded(url_of(served.where(), "/ws"), {}, is_whole));
    CHECK(is_whole);
  }
  CHECK(faulty.soft_failures() > 50);
}

TEST_CASE("a call that fails for good ends its session alone, and SIGPIPE nobody") {
  const int error = GENERATE(ECONNRESET, EPIPE, ENOBUFS, ENOMEM, ETIMEDOUT);
  CAPTURE(error);
  struct sigaction pipe{};
  REQUIRE(::sigaction(SIGPIPE, nullptr, &pipe) == 0);
  REQUIRE(pipe.sa_handler == SIG_DFL);
  const outcome seen = live_until_unharmed({}, [error](std::size_t number) {
    return std::make_unique<failing_calls>(call_plan{.hard_from = number, .hard_errors = {error}});
  });
  CHECK(seen.lives > 5);
  CHECK(seen.lost > 2);
}

TEST_CASE("whatever accept says it goes on, without spinning") {
  const std::vector<int> errors{EINTR,  ECONNABORTED, EPROTO,      EAGAIN,       EPERM,  EMFILE,
                                ENFILE, ENOBUFS,      ENOMEM,      ENETDOWN,     ENONET, EHOSTDOWN,
                                EINTR,  ENETUNREACH,  ENOPROTOOPT, EHOSTUNREACH, EMFILE};
  log_nothing();
  const test_server served{busy_echo};
  asio::io_context context;
  const failing_calls faulty{{.accept_errors = errors}};
  const std::size_t before = failing_calls::accept_calls();
  bool is_whole = false;
  run(context, live_bounded(url_of(served.where(), "/ws"), {}, is_whole));
  CHECK(is_whole);
  CHECK(failing_calls::accept_calls() - before <= errors.size() + 5);
}

// A server that has run out asks again after pauses that grow; meanwhile its sessions are served.
TEST_CASE("without descriptors live sessions go on, and accept pauses") {
  const int error = GENERATE(EMFILE, ENFILE);
  CAPTURE(error);
  log_nothing();
  const test_server served{busy_echo};
  asio::io_context context;
  run(context, [](websock::io::endpoint where, int failure) -> task<void> {
    auto inside = co_await open_session(where);
    const failing_calls faulty{{.accept_errors = std::vector<int>(5, failure)}};  // 10 + 20 + ... 160 ms
    const std::size_t before = failing_calls::accept_calls();
    auto waiting = co_await connect_http(where);
    const std::string request = "GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    co_await waiting.send(request);
    std::size_t echoes = 0;
    for (; failing_calls::accept_calls() - before < 5; ++echoes) co_await echo_once(inside);
    CHECK(echoes > 20);
    const auto response = co_await waiting.receive();
    CHECK(response.status == websock::http::status::not_found);
    CHECK(failing_calls::accept_calls() - before <= 8);
    co_await inside.close();
  }(served.where(), error));
}
