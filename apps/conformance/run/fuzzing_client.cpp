#include "run/fuzzing_client.hpp"

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include "run/case_run.hpp"
#include "websock/http/url.hpp"
#include "websock/io/connect.hpp"
#include "websock/io/task_group.hpp"
#include "websock/io/timer.hpp"

namespace conformance {

using websock::task;

namespace {

constexpr duration connect_timeout = std::chrono::seconds{30};

// Octets that a case sends, roughly: what decides how long it takes.
std::uint64_t weight(const test_case& script) {
  std::uint64_t octets = 0;
  for (const script_step& one : script.steps) {
    if (const auto* echo = std::get_if<echo_step>(&one))
      octets += echo->times * (echo->message.content.size() + 64);
    if (const auto* message = std::get_if<message_step>(&one)) octets += message->content.size();
  }
  return octets;
}

constexpr std::uint64_t light = 1 << 20;

struct numbered_case {
  const test_case* script;
  std::uint64_t number;
  std::uint64_t weight;
};

// Those that are light in their order; then the others, the heaviest first, so that none is left over at the end.
std::vector<numbered_case> order(const case_list& cases) {
  std::vector<numbered_case> ordered;
  for (const auto& one : cases) ordered.push_back({one.get(), ordered.size() + 1, weight(*one)});
  std::ranges::sort(ordered, [](const numbered_case& left, const numbered_case& right) {
    const bool left_is_light = left.weight < light;
    if (left_is_light != (right.weight < light)) return left_is_light;
    if (left_is_light || left.weight == right.weight) return left.number < right.number;
    return left.weight > right.weight;
  });
  return ordered;
}

class server_test {
 public:
  server_test(const server_run& wanted, result_set& into, const on_result& report)
      : wanted_{wanted}, into_{into}, report_{report}, url_{wanted.server.url}, cases_{order(wanted.cases)} {
    if (url_.scheme == "wss" || url_.scheme == "https") tls_.emplace(wanted.tls);
  }

  void run() {
    try_to_connect();
    const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t threads = std::max<std::size_t>(1, std::min(wanted_.jobs, processors));
    std::vector<std::jthread> others;
    for (std::size_t i = 0; i < threads; ++i) {
      const std::size_t jobs = wanted_.jobs / threads + (i < wanted_.jobs % threads ? 1 : 0);
      others.emplace_back([this, jobs] { run_thread(std::max<std::size_t>(1, jobs)); });
    }
    others.clear();
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void run_thread(std::size_t jobs) {
    asio::io_context context{1};
    for (std::size_t i = 0; i < jobs; ++i)
      asio::co_spawn(context, run_cases(), [this](std::exception_ptr error) { keep(error); });
    context.run();
  }

  // Nobody there at all is no verdict on the server.
  void try_to_connect() {
    asio::io_context context{1};
    std::exception_ptr failure;
    asio::co_spawn(context, probe(), [&failure](std::exception_ptr error) { failure = error; });
    context.run();
    if (failure) std::rethrow_exception(failure);
  }

  task<void> probe() {
    const websock::io::stream_ptr stream = co_await connect();
    stream->close();
  }

  task<void> run_cases() {
    while (true) {
      const std::size_t next = next_++;
      if (next >= cases_.size()) co_return;
      case_result result = co_await run_case(cases_[next]);
      add(std::move(result));
    }
  }

  task<case_result> run_case(const numbered_case& one) {
    run_settings settings;
    settings.agent = wanted_.server.agent;
    settings.open_timeout = wanted_.server.timeouts.open;
    settings.close_timeout = wanted_.server.timeouts.close;
    settings.drop_timeout = wanted_.server.timeouts.drop;
    settings.number = one.number;
    settings.seed = wanted_.seed;
    const server_address server{url_.authority(), url_.target};
    websock::io::stream_ptr stream;
    std::string problem;
    try {
      stream = co_await connect();
    } catch (const std::system_error& error) {
      problem = error.what();
    }
    if (!problem.empty()) co_return not_connected(*one.script, settings, problem);
    case_result result = co_await test_server(std::move(stream), *one.script, server, settings);
    co_return result;
  }

  task<websock::io::stream_ptr> connect() {
    task<websock::io::stream_ptr> work = open_stream();
    websock::io::stream_ptr stream = co_await websock::io::with_timeout(std::move(work), connect_timeout);
    co_return stream;
  }

  task<websock::io::stream_ptr> open_stream() {
    websock::io::stream_ptr stream = co_await open_socket();
    if (tls_) stream = co_await websock::io::connect_tls(std::move(stream), *tls_, tls_name());
    co_return stream;
  }

  [[nodiscard]] std::string tls_name() const {
    return wanted_.server.tls_name.empty() ? url_.host : wanted_.server.tls_name;
  }

  task<websock::io::stream_ptr> open_socket() {
    if (url_.unix_path.empty()) {
      websock::io::stream_ptr stream = co_await websock::io::connect(url_.host, url_.port);
      co_return stream;
    }
    const websock::io::endpoint where{"", 0, url_.unix_path};
    websock::io::stream_ptr stream = co_await websock::io::connect(where);
    co_return stream;
  }

  void add(case_result result) {
    const std::lock_guard lock{mutex_};
    ++done_;
    if (report_) report_(result, done_, cases_.size());
    into_.add(std::move(result));
  }

  void keep(std::exception_ptr error) {
    const std::lock_guard lock{mutex_};
    if (error && !error_) error_ = error;
  }

  const server_run& wanted_;
  result_set& into_;
  const on_result& report_;
  websock::http::url url_;
  std::vector<numbered_case> cases_;
  std::optional<websock::io::tls_context> tls_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  std::size_t done_ = 0;
  std::exception_ptr error_;
};

}  // namespace

void run_fuzzing_client(const server_run& wanted, result_set& into, const on_result& report) {
  server_test{wanted, into, report}.run();
}

}  // namespace conformance
