#include "run/testee_client.hpp"

#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/this_coro.hpp>
#include <charconv>
#include <exception>
#include <stdexcept>
#include <system_error>

#include "run/testee_options.hpp"
#include "websock/io/task_group.hpp"

namespace conformance {
namespace {

websock::connect_options options_of(const specification& wanted, const std::string& agent) {
  websock::connect_options options;
  options.tls = wanted.tls;
  options.session = testee_options();
  options.fields.add("User-Agent", agent);
  options.max_redirects = 0;
  return options;
}

std::size_t read_count(std::string_view text) {
  std::size_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error == std::errc{} && stop == end) return count;
  throw std::runtime_error{"/getCaseCount: no number came: this is no fuzzing server"};
}

// RFC 3986 section 2.3: what needs no escape.
bool is_unreserved(char octet) {
  return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') || (octet >= '0' && octet <= '9') ||
         octet == '-' || octet == '.' || octet == '_' || octet == '~';
}

std::string escape(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char octet : text) {
    if (is_unreserved(octet)) {
      result += octet;
      continue;
    }
    const auto value = static_cast<unsigned char>(octet);
    result.append({'%', digits[value >> 4U], digits[value & 15U]});
  }
  return result;
}

// Nobody listens any more: the next cases would fail, too.
bool is_gone(const std::error_code& error) {
  return error == asio::error::connection_refused || error == asio::error::operation_aborted;
}

}  // namespace

testee_client::testee_client(const specification& wanted, std::string agent, line_sink tell)
    : base_{wanted.url.origin()},
      agent_{std::move(agent)},
      jobs_{wanted.jobs.value_or(1)},
      tell_{std::move(tell)},
      options_{options_of(wanted, agent_)} {}

websock::task<std::size_t> testee_client::run() {
  count_ = co_await ask_count();
  say(tell_, std::to_string(count_) + " cases at " + base_ + " as " + agent_);
  const auto executor = co_await asio::this_coro::executor;
  websock::io::task_group workers{executor};
  for (std::size_t i = 0; i < jobs_; ++i) workers.spawn(run_next_cases());
  co_await workers.join();
  co_await update_reports();
  co_return count_;
}

websock::task<std::size_t> testee_client::ask_count() {
  const std::string url = url_of("/getCaseCount");
  websock::session session = co_await websock::connect(url, options_);
  const auto count = co_await session.receive();
  co_await session.close();
  co_return read_count(count ? count->text() : std::string_view{});
}

websock::task<void> testee_client::run_next_cases() {
  while (next_ <= count_) {
    const std::size_t number = next_++;
    co_await run_case(number);
  }
}

websock::task<void> testee_client::run_case(std::size_t number) {
  const std::string url = url_of("/runCase?case=" + std::to_string(number) + "&agent=" + escape(agent_));
  std::string end = "closed";
  try {
    co_await echo_in(url);
  } catch (const std::system_error& error) {
    if (is_gone(error.code())) throw;
    end = error.code().message();
  }
  say(tell_, "case " + std::to_string(number) + " of " + std::to_string(count_) + ": " + end);
}

websock::task<void> testee_client::echo_in(const std::string& url) {
  websock::session session = co_await websock::connect(url, options_);
  while (auto message = co_await session.receive()) {
    co_await session.send(*message);
  }
}

websock::task<void> testee_client::update_reports() {
  const std::string url = url_of("/updateReports?agent=" + escape(agent_));
  websock::session session = co_await websock::connect(url, options_);
  while (auto message = co_await session.receive()) {
  }
  const auto& end = session.peer_close();
  if (end && end->code == websock::close_code::internal_error) {
    throw std::runtime_error{"/updateReports: " + end->reason};
  }
}

std::string testee_client::url_of(std::string_view path) const { return base_ + std::string{path}; }

std::size_t run_testee_client(const specification& wanted, std::string agent, const line_sink& tell) {
  testee_client client{wanted, std::move(agent), tell};
  asio::io_context context{1};
  std::exception_ptr failure;
  std::size_t count = 0;
  asio::co_spawn(context, client.run(), [&](std::exception_ptr error, std::size_t cases) {
    failure = error;
    count = cases;
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return count;
}

}  // namespace conformance
