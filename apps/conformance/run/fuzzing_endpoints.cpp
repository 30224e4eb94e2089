// The endpoints of a fuzzing server.
#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <system_error>

#include "io/blocking.hpp"
#include "report/files.hpp"
#include "run/fuzzing_server.hpp"
#include "run/web_answers.hpp"
#include "websock/io/timer.hpp"
#include "websock/protocol/handshake.hpp"

namespace conformance {
namespace {

using nlohmann::ordered_json;
using websock::http::status;

// A client may ask for the status of a case that it is about to run.
constexpr websock::duration status_patience = std::chrono::seconds{5};
constexpr websock::duration close_patience = std::chrono::seconds{2};

std::string dump(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

// Where a page may come from: anywhere, as clients under test do.
websock::protocol::accept_options any_origin() {
  websock::protocol::accept_options options;
  options.origins.emplace_back("*");
  return options;
}

websock::session open_session(websock::io::stream_ptr stream, received_request request) {
  websock::session_options options;
  options.timeouts.close = close_patience;
  websock::session_request known;
  known.head = std::move(request.head);
  return websock::session{std::move(stream), websock::protocol::role::server, options, std::move(known),
                          websock::as_bytes(request.behind)};
}

std::string info_of(const test_case& script) {
  return dump({{"id", script.id}, {"description", script.description}});
}

// Reports of what there is so far, with all that their writing touches.
struct report_job {
  result_set results;
  catalog all;
  std::string folder;
  std::shared_ptr<std::mutex> lock;
  std::string problem;

  void write() {
    const std::lock_guard held{*lock};
    try {
      write_reports(results, all, folder);
    } catch (const std::exception& error) {
      problem = error.what();
    }
  }
};

std::string status_of(std::string_view behavior) { return dump({{"behavior", behavior}}); }

// Autobahn's client libraries know "behavior"; the rest is for the page.
std::string status_of(const case_result& result) {
  ordered_json status = {{"behavior", name_of(result.behavior)},
                         {"behaviorClose", name_of(result.behavior_close)},
                         {"result", result.result},
                         {"resultClose", result.result_close},
                         {"duration", result.duration.count()},
                         {"remoteCloseCode", nullptr}};
  if (result.remote_close_code) status["remoteCloseCode"] = *result.remote_close_code;
  return dump(status);
}

std::string line_of(const case_result& result) {
  return result.agent + ": " + result.id + " " + std::string{name_of(result.behavior)} + " (close " +
         std::string{name_of(result.behavior_close)} + "), " + std::to_string(result.duration.count()) +
         " ms";
}

}  // namespace

struct fuzzing_server::endpoint {
  std::string_view path;
  query_needs needs;
  websock::task<void> (fuzzing_server::*serve)(websock::session&, const case_query&);  ///< null: it is a case
};

const fuzzing_server::endpoint fuzzing_server::endpoints[] = {
    {"/runCase", {.a_case = true, .an_agent = true}, nullptr},
    {"/getCaseCount", {}, &fuzzing_server::tell_count},
    {"/getCaseInfo", {.a_case = true}, &fuzzing_server::tell_info},
    {"/getCaseStatus", {.a_case = true, .an_agent = true}, &fuzzing_server::tell_status},
    {"/updateReports", {}, &fuzzing_server::update_reports},
    {"/stopServer", {}, &fuzzing_server::stop_server},
};

// While it lives, a case counts as running.
class fuzzing_server::running_case {
 public:
  running_case(std::shared_ptr<running_cases> all, const agent_and_id& which)
      : all_{std::move(all)}, place_{all_->insert(which)} {}
  running_case(const running_case&) = delete;
  running_case& operator=(const running_case&) = delete;
  ~running_case() { all_->erase(place_); }

 private:
  std::shared_ptr<running_cases> all_;
  running_cases::iterator place_;
};

websock::task<void> fuzzing_server::answer(websock::io::stream_ptr stream, received_request request) {
  const auto asked =
      std::ranges::find(endpoints, request.head.path(), [](const endpoint& one) { return one.path; });
  websock::http::response refusal;
  case_query wanted;
  try {
    if (asked == std::end(endpoints)) throw query_error{status::not_found, "there is no such endpoint"};
    wanted = read_case_query(request.head, cases_, asked->needs);
  } catch (const query_error& error) {
    refusal = text_answer(error.status(), error.what());
  }
  if (refusal.status != status::ok) {
    co_await send_last(*stream, request.head, std::move(refusal));
  } else if (asked->serve == nullptr && !is_excluded(wanted_, wanted.agent, wanted.script->id)) {
    co_await run_case(std::move(stream), std::move(request), wanted);
  } else {
    co_await control(std::move(stream), std::move(request), *asked, wanted);
  }
}

websock::task<void> fuzzing_server::run_case(websock::io::stream_ptr stream, received_request request,
                                             const case_query& wanted) {
  run_settings settings;
  settings.agent = wanted.agent;
  settings.number = wanted.number;
  settings.seed = wanted_.seed.value_or(0);
  settings.open_timeout = wanted_.timeouts.open;
  settings.close_timeout = wanted_.timeouts.close;
  settings.drop_timeout = wanted_.timeouts.drop;
  const agent_and_id which{wanted.agent, wanted.script->id};
  const running_case running{running_, which};
  case_result result = co_await test_client(std::move(stream), *wanted.script, std::move(request), settings);
  keep(std::move(result));
}

// What a stop has cut short was not the client's doing.
void fuzzing_server::keep(case_result result) {
  if (is_stopped_) return;
  ++kept_;
  say(tell_, line_of(result));
  results_.add(std::move(result));
}

// A short session: an answer, and the closing handshake. A case that is excluded is one without an answer.
websock::task<void> fuzzing_server::control(websock::io::stream_ptr stream, received_request request,
                                            const endpoint& asked, const case_query& wanted) {
  auto outcome = websock::protocol::accept_handshake(request.head, any_origin());
  if (auto* const refusal = std::get_if<websock::http::response>(&outcome)) {
    co_await send_last(*stream, request.head, std::move(*refusal));
    co_return;
  }
  const auto& accepted = std::get<websock::protocol::accepted>(outcome);
  const std::string head = websock::http::serialize_head(accepted.response);
  co_await stream->write(head);
  websock::session session = open_session(std::move(stream), std::move(request));
  if (asked.serve != nullptr) {
    co_await (this->*asked.serve)(session, wanted);
  } else {
    say(tell_, wanted.agent + ": " + wanted.script->id + " left out (exclude-agent-cases)");
  }
  co_await session.close();
}

websock::task<void> fuzzing_server::tell_count(websock::session& session, const case_query&) {
  const std::string count = std::to_string(cases_.size());
  co_await session.send(count);
}

websock::task<void> fuzzing_server::tell_info(websock::session& session, const case_query& wanted) {
  const std::string info = info_of(*wanted.script);
  co_await session.send(info);
}

websock::task<void> fuzzing_server::tell_status(websock::session& session, const case_query& wanted) {
  const agent_and_id which{wanted.agent, wanted.script->id};
  std::string text;
  if (is_excluded(wanted_, which.first, which.second)) {
    text = status_of("EXCLUDED");
  } else {
    co_await await_end(which);
    const case_result* const result = find_result(which);
    text = result != nullptr ? status_of(*result) : status_of("NOT RUN");
  }
  co_await session.send(text);
}

// On another thread: it takes seconds, and the other cases have their deadlines. What went wrong.
websock::task<std::string> fuzzing_server::write_reports_aside() {
  if (written_ == kept_) co_return std::string{};
  const std::uint64_t kept = kept_;
  const auto job = std::make_shared<report_job>(report_job{results_, all_, wanted_.outdir, folder_, {}});
  std::function<void()> work = [job] { job->write(); };
  co_await websock::io::run_blocking(std::move(work));
  if (job->problem.empty()) written_ = std::max(written_, kept);
  co_return job->problem;
}

websock::task<void> fuzzing_server::update_reports(websock::session& session, const case_query& wanted) {
  const std::string problem = co_await write_reports_aside();
  if (problem.empty()) {
    say(tell_, "reports: " + wanted_.outdir + "/index.html");
  } else {
    say(tell_, "the reports cannot be written: " + problem);
    co_await session.close(websock::close_code::internal_error, "the reports cannot be written");
  }
  if (wanted.then_stop) co_await stop_server(session, wanted);
}

websock::task<void> fuzzing_server::stop_server(websock::session& session, const case_query&) {
  say(tell_, "a client asked to stop");
  co_await session.close();
  stop();
}

// The client may know of the end of a case before we do.
websock::task<void> fuzzing_server::await_end(const agent_and_id& which) {
  while (running_->contains(which)) co_await case_ended_.wait();
  if (find_result(which) != nullptr) co_return;
  try {
    websock::task<void> waiting = await_result(which);
    co_await websock::io::with_timeout(std::move(waiting), status_patience);
  } catch (const std::system_error& error) {
    if (error.code() != websock::errc::timed_out) throw;
  }
}

websock::task<void> fuzzing_server::await_result(const agent_and_id& which) {
  while (find_result(which) == nullptr) co_await case_ended_.wait();
}

const case_result* fuzzing_server::find_result(const agent_and_id& which) const {
  const auto agent = results_.agents().find(which.first);
  if (agent == results_.agents().end()) return nullptr;
  const auto found = agent->second.find(which.second);
  return found == agent->second.end() ? nullptr : &found->second;
}

}  // namespace conformance
