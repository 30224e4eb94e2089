// What the query of a fuzzing server's endpoint asks for: "?case=3&agent=Chromium".
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "run/specification.hpp"
#include "websock/http/head.hpp"

namespace conformance {

/// A query that cannot be served. `what()` is a sentence for the client.
class query_error : public std::runtime_error {
 public:
  query_error(websock::http::status status, const std::string& what)
      : std::runtime_error{what}, status_{status} {}
  [[nodiscard]] websock::http::status status() const noexcept { return status_; }

 private:
  websock::http::status status_;
};

struct case_query {
  std::shared_ptr<const test_case> script;  ///< null: no case was named
  std::size_t number = 0;                   ///< of the case, from 1
  std::string agent;                        ///< UTF-8 without control characters; may be empty
  bool then_stop = false;                   ///< shutdownOnComplete
};

struct query_needs {
  bool a_case = false;
  bool an_agent = false;
};

/// A case is named by its place in `cases` ("case=3") or by its id ("casetuple=1.1.3"). Throws `query_error`.
case_query read_case_query(const websock::http::request& request, const case_list& cases,
                           const query_needs& needs);

}  // namespace conformance
