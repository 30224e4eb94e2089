// Tests clients: the server side of Autobahn's fuzzing server, and a page for browsers.
#pragma once

#include <asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "report/results.hpp"
#include "run/case_query.hpp"
#include "run/case_run.hpp"
#include "run/line_sink.hpp"
#include "run/specification.hpp"
#include "script/catalog.hpp"
#include "websock/io/acceptor.hpp"
#include "websock/io/notifier.hpp"
#include "websock/io/task_group.hpp"
#include "websock/io/tls.hpp"
#include "websock/session.hpp"
#include "websock/task.hpp"

namespace conformance {

/// Clients ask by WebSocket for /getCaseCount, /getCaseInfo, /runCase, /getCaseStatus, /updateReports and
/// /stopServer, with the case and their own name in the query. Plain HTTP on the same port: "/" is a page
/// that runs the cases in a browser, /reports/ the folder of reports, /cases.json the list of cases.
/// One thread, any number of connections.
class fuzzing_server {
 public:
  /// Listens from here on. Throws `websock::config_error` for what the specification lacks, and
  /// `std::system_error` that names the address in use or the file that is no certificate.
  fuzzing_server(const asio::any_io_executor& executor, specification wanted, const catalog& all,
                 line_sink tell);
  fuzzing_server(const fuzzing_server&) = delete;
  fuzzing_server& operator=(const fuzzing_server&) = delete;

  /// Serves until `stop`. Cases under way end without a result then.
  websock::task<void> run();
  void stop() noexcept;

  /// "ws://127.0.0.1:9001", with the port that the system chose.
  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  [[nodiscard]] std::size_t case_count() const noexcept { return cases_.size(); }
  [[nodiscard]] const result_set& results() const noexcept { return results_; }
  [[nodiscard]] result_set take_results() noexcept { return std::move(results_); }
  /// Writes the folder "outdir", unless it has all of these results. Throws `report_error`.
  void write_reports();

 private:
  using agent_and_id = std::pair<std::string, std::string>;
  using running_cases = std::multiset<agent_and_id>;
  class running_case;
  struct endpoint;

  // fuzzing_server.cpp: from connections to requests
  websock::task<void> accept_all();
  websock::task<void> serve(websock::io::stream_ptr stream);
  websock::task<void> converse(websock::io::stream_ptr stream);
  websock::task<void> refuse(websock::io::byte_stream& stream, std::error_code error);

  // fuzzing_endpoints.cpp: what is asked by WebSocket
  websock::task<void> answer(websock::io::stream_ptr stream, received_request request);
  websock::task<void> run_case(websock::io::stream_ptr stream, received_request request,
                               const case_query& wanted);
  websock::task<void> control(websock::io::stream_ptr stream, received_request request, const endpoint& asked,
                              const case_query& wanted);
  websock::task<void> tell_count(websock::session& session, const case_query& wanted);
  websock::task<void> tell_info(websock::session& session, const case_query& wanted);
  websock::task<void> tell_status(websock::session& session, const case_query& wanted);
  websock::task<void> update_reports(websock::session& session, const case_query& wanted);
  websock::task<void> stop_server(websock::session& session, const case_query& wanted);
  websock::task<void> await_end(const agent_and_id& which);
  websock::task<void> await_result(const agent_and_id& which);
  [[nodiscard]] const case_result* find_result(const agent_and_id& which) const;
  void keep(case_result result);
  websock::task<std::string> write_reports_aside();

  static const endpoint endpoints[];

  specification wanted_;
  case_list cases_;
  const catalog& all_;
  line_sink tell_;
  websock::io::acceptor acceptor_;
  std::optional<websock::io::tls_context> tls_;
  std::string url_;
  bool is_stopped_ = false;
  result_set results_;
  std::uint64_t kept_ = 0;     // results so far
  std::uint64_t written_ = 0;  // `kept_` when the folder had them all
  // Whoever writes the folder holds it; a thread that writes may outlive this.
  std::shared_ptr<std::mutex> folder_ = std::make_shared<std::mutex>();
  // Shared with the coroutines, which may be destroyed after this.
  std::shared_ptr<running_cases> running_ = std::make_shared<running_cases>();
  websock::io::notifier case_ended_;
  websock::io::task_group connections_;
};

/// Runs one until /stopServer, SIGINT or SIGTERM (a second one does not wait for connections), and then
/// writes the reports, unless nobody was tested. Throws as the constructor and `write_reports` do.
result_set run_fuzzing_server(const specification& wanted, const catalog& all, const line_sink& tell);

}  // namespace conformance
