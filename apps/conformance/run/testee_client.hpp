// This library as a client that is tested.
#pragma once

#include <cstddef>
#include <string>

#include "run/line_sink.hpp"
#include "run/specification.hpp"
#include "websock/client/connect.hpp"
#include "websock/task.hpp"

namespace conformance {

/// Asks a fuzzing server for its cases, echoes in each of them, and has the reports written.
class testee_client {
 public:
  /// Connects to "url", `jobs` connections at once (1 unless the specification says more, as Autobahn has it).
  /// `agent` is the name in the reports.
  testee_client(const specification& wanted, std::string agent, line_sink tell);

  /// All of it; the number of cases. A case in which no session comes to be, or which ends with an error, is
  /// one like another: its result is the fuzzing server's. Throws what `websock::connect` throws where the
  /// fuzzing server cannot be reached at all, and `std::runtime_error` where it is none.
  websock::task<std::size_t> run();

 private:
  websock::task<std::size_t> ask_count();
  websock::task<void> run_next_cases();
  websock::task<void> run_case(std::size_t number);
  websock::task<void> echo_in(const std::string& url);
  websock::task<void> update_reports();
  [[nodiscard]] std::string url_of(std::string_view path) const;

  std::string base_;
  std::string agent_;
  std::size_t jobs_;
  line_sink tell_;
  websock::connect_options options_;
  std::size_t count_ = 0;
  std::size_t next_ = 1;
};

/// Runs one. Throws as `testee_client::run` does.
std::size_t run_testee_client(const specification& wanted, std::string agent, const line_sink& tell);

}  // namespace conformance
