#include "websock/core/error.hpp"

#include <set>
#include <string>

#include "support/catch.hpp"

using websock::condition;
using websock::errc;

namespace {

bool is(std::error_code code, condition kind) { return code == kind; }

}  // namespace

TEST_CASE("each error belongs to the kinds that it is of") {
  CHECK(is(errc::reserved_bits_set, condition::protocol_violation));
  CHECK(is(errc::invalid_utf8, condition::protocol_violation));
  CHECK(is(errc::compressed_data_invalid, condition::protocol_violation));
  CHECK_FALSE(is(errc::message_too_big, condition::protocol_violation));
  CHECK(is(errc::message_too_big, condition::limit_exceeded));
  CHECK(is(errc::inflate_ratio_exceeded, condition::limit_exceeded));
  CHECK(is(errc::too_many_fragments, condition::limit_exceeded));
  CHECK(is(errc::message_rate_exceeded, condition::limit_exceeded));
  CHECK(is(errc::control_frame_rate_exceeded, condition::limit_exceeded));
  CHECK(is(errc::outgoing_queue_full, condition::limit_exceeded));
  CHECK(is(errc::http_head_too_large, condition::limit_exceeded));
  CHECK(is(errc::http_body_too_large, condition::limit_exceeded));
  CHECK(is(errc::http_head_too_large, condition::handshake_failed));
  CHECK(is(errc::handshake_refused, condition::handshake_failed));
  CHECK(is(errc::extension_not_offered, condition::handshake_failed));
  CHECK(is(errc::extension_invalid, condition::handshake_failed));
  CHECK(is(errc::handshake_timeout, condition::handshake_failed));
  CHECK(is(errc::handshake_timeout, condition::timeout));
  CHECK(is(errc::timed_out, condition::timeout));
  CHECK(is(errc::closed, condition::disconnected));
  CHECK_FALSE(is(errc::closed, condition::timeout));
}

TEST_CASE("a system's broken connection is a disconnect") {
  CHECK(is(std::make_error_code(std::errc::connection_reset), condition::disconnected));
  CHECK(is(std::make_error_code(std::errc::broken_pipe), condition::disconnected));
  CHECK_FALSE(is(std::make_error_code(std::errc::no_such_file_or_directory), condition::disconnected));
}

TEST_CASE("every error and every condition has its own text") {
  std::set<std::string> texts;
  std::size_t errors = 0;
  for (int value = 0; value < 300; ++value) {
    const std::string text = std::error_code{value, websock::error_category()}.message();
    if (text == "unknown error") continue;
    ++errors;
    texts.insert(text);
  }
  CHECK(errors == static_cast<std::size_t>(errc::control_frame_rate_exceeded) +
                      static_cast<std::size_t>(errc::proxy_refused) - 100 + 1 +
                      static_cast<std::size_t>(errc::tls_truncated) - 150 + 1 +
                      static_cast<std::size_t>(errc::argument_invalid) - 200 + 1);
  CHECK(texts.size() == errors);
  CHECK(make_error_condition(condition::timeout).message() == "timeout");
}
