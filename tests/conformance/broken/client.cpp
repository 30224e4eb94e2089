#include "client.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/this_coro.hpp>
#include <charconv>
#include <exception>
#include <optional>
#include <system_error>
#include <utility>

#include "conversation.hpp"
#include "handshake.hpp"
#include "websock/client/connect.hpp"
#include "websock/http/url.hpp"
#include "websock/io/connect.hpp"
#include "websock/io/task_group.hpp"

namespace broken {
namespace {

class client {
 public:
  client(const client_options& options, fault broken) : options_{options}, fault_{broken} {}

  websock::task<void> run() {
    count_ = co_await case_count();
    const auto executor = co_await asio::this_coro::executor;
    websock::io::task_group workers{executor};
    for (std::size_t i = 0; i < options_.jobs; ++i) workers.spawn(work());
    co_await workers.join();
    co_await update_reports();
  }

 private:
  [[nodiscard]] std::string agent() const { return "agent=" + options_.agent; }

  // These two conversations are no test, so they are not this peer's.
  websock::task<std::size_t> case_count() {
    const std::string url = options_.url + "/getCaseCount";
    auto session = co_await websock::connect(url);
    const auto message = co_await session.receive();
    std::size_t count = 0;
    if (message) {
      const std::string_view digits = message->text();
      std::from_chars(digits.data(), digits.data() + digits.size(), count);
    }
    co_await session.close();
    co_return count;
  }

  websock::task<void> update_reports() {
    const std::string url = options_.url + "/updateReports?" + agent();
    auto session = co_await websock::connect(url);
    // The server closes when the reports are there.
    co_await session.receive();
  }

  websock::task<void> work() {
    while (next_ <= count_) {
      const std::string number = std::to_string(next_++);
      const auto url = websock::http::parse_url(options_.url + "/runCase?case=" + number + "&" + agent());
      try {
        co_await run_case(url);
      } catch (const std::system_error&) {
        // The fuzzing server knows what came of the case.
      }
    }
  }

  websock::task<void> run_case(const websock::http::url& url) {
    auto stream = co_await websock::io::connect(url.host, url.port);
    auto session = co_await open(*stream, url, fault_);
    if (session) {
      co_await converse(*stream, websock::protocol::role::client, std::move(*session), fault_);
    }
  }

  const client_options& options_;
  fault fault_;
  std::size_t count_ = 0;
  std::size_t next_ = 1;
};

}  // namespace

int run_cases(const client_options& options, fault broken) {
  asio::io_context context{1};
  client one{options, broken};
  std::exception_ptr failure;
  asio::co_spawn(context, one.run(), [&failure](std::exception_ptr error) { failure = error; });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return 0;
}

}  // namespace broken
