// When to try again, and whether.
#include <asio/error.hpp>
#include <cmath>
#include <limits>
#include <set>

#include "client/backoff.hpp"
#include "support/catch.hpp"

using namespace std::chrono_literals;
using websock::errc;
using websock::failed_attempt;
using websock::handshake_error;
using websock::is_transient;
using websock::longest_delay;
using websock::reconnect_policy;
namespace http = websock::http;

namespace {

failed_attempt attempt_with(std::error_code code) {
  return {1, std::make_exception_ptr(std::system_error{code}), code};
}

handshake_error refusal(unsigned status, errc code = errc::handshake_refused) {
  http::response response;
  response.status = static_cast<http::status>(status);
  return {code, "x", response};
}

failed_attempt refused_with(unsigned status, errc code = errc::handshake_refused) {
  return {1, std::make_exception_ptr(refusal(status, code)), code};
}

websock::duration asked_for(unsigned status, const char* value) {
  http::response response;
  response.status = static_cast<http::status>(status);
  response.fields.add("Retry-After", value);
  return websock::retry_after(
      std::make_exception_ptr(handshake_error{errc::handshake_refused, "x", response}));
}

}  // namespace

TEST_CASE("delays grow by the factor up to the cap") {
  reconnect_policy policy;
  CHECK(longest_delay(policy, 0) == 0ms);
  CHECK(longest_delay(policy, 1) == 1s);
  CHECK(longest_delay(policy, 2) == 2s);
  CHECK(longest_delay(policy, 6) == 32s);
  CHECK(longest_delay(policy, 7) == 60s);
  CHECK(longest_delay(policy, std::numeric_limits<std::size_t>::max()) == 60s);
  policy.factor = 1.5;
  CHECK(longest_delay(policy, 3) == 2250ms);
  policy.factor = 1;
  CHECK(longest_delay(policy, 1000) == 1s);
  policy.first_delay = 0ms;
  CHECK(longest_delay(policy, 1000) == 0ms);
  policy.factor = std::numeric_limits<double>::infinity();
  CHECK(longest_delay(policy, 2) == 60s);
}

TEST_CASE("a delay without a cap is one that a timer can count") {
  reconnect_policy policy;
  policy.maximum_delay = websock::no_timeout;
  CHECK(longest_delay(policy, 11) == 1024s);
  CHECK(longest_delay(policy, 10'000) == std::chrono::hours{24 * 365});
}

TEST_CASE("jitter is full: anything from nothing to the longest delay") {
  std::set<websock::duration> seen;
  for (int i = 0; i < 2000; ++i) {
    const auto delay = websock::random_delay(9ms);
    CHECK(delay >= 0ms);
    CHECK(delay <= 9ms);
    seen.insert(delay);
  }
  CHECK(seen.size() == 10);  // one is missing once in 10^90 runs
  CHECK(websock::random_delay(0ms) == 0ms);
}

TEST_CASE("Retry-After is read in seconds, and of those who are overloaded") {
  CHECK(asked_for(503, "120") == 120s);
  CHECK(asked_for(429, "0") == 0s);
  CHECK(asked_for(503, "4294967295") == std::chrono::hours{24 * 365});
  for (const char* const value : {"", "-1", "1.5", "5s", "99999999999", "Fri, 31 Dec 1999 23:59:59 GMT"}) {
    CAPTURE(value);
    CHECK(asked_for(503, value) == 0s);
  }
  CHECK(asked_for(302, "120") == 0s);
  CHECK(websock::retry_after(std::make_exception_ptr(std::runtime_error{"x"})) == 0s);
}

TEST_CASE("network errors, timeouts and overload may pass") {
  for (const unsigned status : {408U, 425U, 429U, 500U, 502U, 503U, 504U, 599U}) {
    CAPTURE(status);
    CHECK(is_transient(refused_with(status)));
  }
  CHECK(is_transient(refused_with(503, errc::proxy_refused)));
  for (const std::error_code code :
       {make_error_code(errc::handshake_timeout), make_error_code(errc::connection_lost),
        make_error_code(errc::tls_truncated),
        make_error_code(errc::proxy_refused),  // SOCKS: perhaps the server behind it is away
        make_error_code(std::errc::connection_refused), make_error_code(std::errc::network_unreachable),
        make_error_code(std::errc::timed_out), std::error_code{ECONNRESET, std::system_category()},
        make_error_code(std::errc::no_such_file_or_directory),  // a Unix socket whose server is away
        asio::error::make_error_code(asio::error::host_not_found),
        asio::error::make_error_code(asio::error::host_not_found_try_again),
        asio::error::make_error_code(asio::error::eof)}) {
    CAPTURE(code);
    CHECK(is_transient(attempt_with(code)));
  }
}

TEST_CASE("what will be the same next time does not pass") {
  for (const unsigned status : {101U, 200U, 302U, 400U, 401U, 403U, 404U, 407U, 426U}) {
    CAPTURE(status);
    CHECK_FALSE(is_transient(refused_with(status)));
  }
  for (const std::error_code code :
       {make_error_code(errc::url_invalid), make_error_code(errc::field_invalid),
        make_error_code(errc::certificate_untrusted), make_error_code(errc::certificate_wrong_host),
        make_error_code(errc::tls_configuration), make_error_code(errc::http_malformed),
        make_error_code(std::errc::permission_denied), make_error_code(std::errc::filename_too_long)}) {
    CAPTURE(code);
    CHECK_FALSE(is_transient(attempt_with(code)));
  }
  const failed_attempt other{1, std::make_exception_ptr(std::runtime_error{"x"}), {}};
  CHECK_FALSE(is_transient(other));
  CHECK_FALSE(is_transient(failed_attempt{}));
}
