#include "run/case_run.hpp"

#include <algorithm>
#include <asio/this_coro.hpp>
#include <random>
#include <span>
#include <utility>

#include "protocol/digest.hpp"
#include "run/conversation.hpp"
#include "run/ending.hpp"
#include "run/judge.hpp"
#include "run/opening.hpp"
#include "run/player.hpp"
#include "websock/core/bytes.hpp"
#include "websock/http/head_parser.hpp"
#include "websock/io/timer.hpp"

namespace conformance {

using websock::task;

namespace {

using clock = conversation::clock;

// The same octets for a case whatever ran before it.
std::uint64_t seed_of(const test_case& script, std::uint64_t seed) {
  std::uint64_t hash =
      14695981039346656037ULL ^ seed;  // FNV-1a: the standard's hash is another one elsewhere
  for (const char letter : script.id) hash = (hash ^ static_cast<unsigned char>(letter)) * 1099511628211ULL;
  return hash;
}

std::string fresh_key(std::uint64_t seed) {
  return websock::protocol::base64(payload::random(16).make(seed));
}

duration longest(const std::vector<script_step>& steps);

struct step_time {
  duration operator()(const wait_step& step) const { return step.time; }
  duration operator()(const expect_step& step) const { return step.within; }
  duration operator()(const echo_step& step) const { return step.within; }
  duration operator()(const expect_close_step& step) const { return step.within; }
  duration operator()(const expect_end_step& step) const { return step.within; }
  duration operator()(const repeat_step& step) const {
    return longest(step.steps) * static_cast<int>(std::min<std::uint64_t>(step.times, 100));
  }
  template <typename Other>
  duration operator()(const Other&) const {
    return {};
  }
};

duration longest(const std::vector<script_step>& steps) {
  duration sum{};
  for (const script_step& one : steps) sum += std::visit(step_time{}, one);
  return sum;
}

const handshake_script& shape_of(const test_case& script) {
  static const handshake_script plain;
  return script.handshake ? *script.handshake : plain;
}

case_result begin_result(const test_case& script, const run_settings& settings, std::uint64_t seed,
                         bool is_server) {
  case_result result;
  result.id = script.id;
  result.description = script.description;
  result.expectation = script.expectation;
  result.expected = script.expected;
  result.closing = script.closing;
  result.reports_time = script.reports_time;
  result.number = settings.number;
  result.seed = seed;
  result.agent = settings.agent;
  result.is_server = is_server;
  result.started = std::chrono::system_clock::now();
  return result;
}

class case_run {
 public:
  case_run(websock::io::stream_ptr stream, const test_case& script, const run_settings& settings,
           bool is_server)
      : script_{script},
        settings_{settings},
        seed_{seed_of(script, settings.seed)},
        result_{begin_result(script, settings, seed_, is_server)},
        with_{std::move(stream), script, is_server, seed_},
        played_{with_, script} {
    with_.set_limit(started_ + longest(script.steps) + script.at_end.after + std::chrono::minutes{1});
  }

  task<void> test_server(const server_address& server) {
    const std::string key = fresh_key(seed_);
    result_.http_request = write_request(script_, server, key, seed_);
    co_await write_head(result_.http_request);
    task<void> answer = read_response(key);
    co_await in_time(std::move(answer));
    co_await converse();
  }

  task<void> test_client(received_request request) {
    result_.http_request = request.octets;
    with_.log().octets_received(request.octets);
    const made_response made = write_response(script_, request.head, seed_);
    result_.http_response = made.octets;
    opening_.problem = judge_request(request.head);
    early_ = std::move(request.behind);
    co_await write_head(made.octets);
    if (shape_of(script_).must_refuse) {
      co_await await_refusal();
    } else {
      opening_.is_open = opening_.problem.empty();
      if (made.deflate) with_.use(*made.deflate);
    }
    co_await converse();
  }

  case_result finish() {
    result_.duration = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - started_);
    judge(result_, script_, with_, opening_, played_, ending_);
    return std::move(result_);
  }

  /// Whatever went wrong, nothing refers to this object any more.
  task<void> stop() { co_await with_.drop(false); }
  void fail(const std::string& why) {
    if (opening_.problem.empty()) opening_.problem = why;
  }

 private:
  task<void> write_head(const std::string& head) {
    const handshake_script& shape = shape_of(script_);
    std::string octets = head + shape.behind.make(seed_);
    co_await with_.write(std::move(octets), shape.chop, shape.pause);
  }

  task<void> in_time(task<void> work) {
    try {
      co_await websock::io::with_timeout(std::move(work), settings_.open_timeout);
    } catch (const std::system_error& error) {
      opening_.timed_out = error.code() == websock::errc::timed_out;
      if (opening_.problem.empty())
        opening_.problem = opening_.timed_out ? "no answer came in time" : error.code().message();
    }
  }

  [[nodiscard]] bool may_end() const { return shape_of(script_).end_allowed; }

  task<void> read_response(const std::string& key) {
    websock::http::response_parser parser{{}};
    std::vector<std::byte> buffer(16 * 1024);
    while (!parser.head_done()) {
      std::size_t count = 0;
      bool was_reset = false;
      try {
        count = co_await with_.stream().read_some(buffer);
      } catch (const std::system_error& error) {
        was_reset = error.code() != asio::error::operation_aborted;
        if (!was_reset || !may_end()) throw;
      }
      if (count == 0) {
        if (!may_end()) opening_.problem = "the subject ended the connection without an answer";
        co_return;
      }
      websock::bytes_view input = websock::bytes_view{buffer}.first(count);
      const std::string_view octets = websock::as_text(input);
      const std::error_code error = parser.parse(input);
      if (error) {
        opening_.problem = "the answer is no HTTP response: " + error.message();
        co_return;
      }
      take_response(octets, input, parser, key);
    }
  }

  void take_response(std::string_view octets, websock::bytes_view rest,
                     const websock::http::response_parser& parser, const std::string& key) {
    const std::string_view head = octets.substr(0, octets.size() - rest.size());
    with_.log().octets_received(head);
    result_.http_response += head;
    if (!parser.head_done()) return;
    if (result_.agent.empty()) result_.agent = parser.response().fields.find("Server").value_or("server");
    const judged_response judged = judge_response(script_, result_.http_request, key, parser.response());
    opening_.is_open = judged.is_open;
    opening_.problem = judged.problem;
    if (judged.deflate) with_.use(*judged.deflate);
    early_ = websock::as_text(rest);
  }

  // Section 4.1: a client that cannot accept the answer must fail the connection. Nothing but a Close frame may
  // come from it.
  task<void> await_refusal() {
    with_.start_reading();
    const bool ended =
        co_await with_.until([this] { return with_.seen().is_over || !with_.seen().received.empty(); },
                             clock::now() + settings_.open_timeout);
    if (!with_.seen().received.empty()) {
      opening_.problem = "the client took an answer that it must refuse";
    } else if (!ended) {
      opening_.problem = "the client did not end the connection";
    }
  }

  task<void> converse() {
    if (opening_.is_open && opening_.problem.empty()) {
      with_.start_reading();
      with_.feed(early_);
      const bool is_unimplemented = script_.deflate && script_.deflate->required && !with_.compresses();
      if (is_unimplemented) {
        with_.gather_close(std::uint16_t{1000}, "");
        co_await with_.flush();
      } else {
        co_await played_.play();
      }
      ending_ = co_await end_conversation(with_, script_, played_, settings_);
    }
    co_await with_.drop(false);
  }

  const test_case& script_;
  const run_settings& settings_;
  std::uint64_t seed_;
  clock::time_point started_ = clock::now();
  case_result result_;
  conversation with_;
  player played_;
  opened opening_;
  ending ending_;
  std::string early_;
};

task<case_result> run_to_end(case_run& one, task<void> work) {
  std::string problem;
  try {
    co_await std::move(work);
  } catch (const std::exception& error) {
    problem = error.what();
  }
  // A cancellation is no reason to leave tasks behind that refer to `one`.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await one.stop();
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (!problem.empty()) one.fail(problem);
  co_return one.finish();
}

}  // namespace

task<case_result> test_server(websock::io::stream_ptr stream, const test_case& script,
                              const server_address& server, const run_settings& settings) {
  case_run one{std::move(stream), script, settings, false};
  task<void> work = one.test_server(server);
  case_result result = co_await run_to_end(one, std::move(work));
  co_return result;
}

case_result not_connected(const test_case& script, const run_settings& settings, const std::string& problem) {
  case_result result = begin_result(script, settings, seed_of(script, settings.seed), false);
  result.result = "Not connected: " + problem + ".";
  result.result_close = "The connection was not opened";
  return result;
}

task<case_result> test_client(websock::io::stream_ptr stream, const test_case& script,
                              received_request request, const run_settings& settings) {
  case_run one{std::move(stream), script, settings, true};
  task<void> work = one.test_client(std::move(request));
  case_result result = co_await run_to_end(one, std::move(work));
  co_return result;
}

}  // namespace conformance
