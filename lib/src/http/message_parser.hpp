// One HTTP/1.x message by llhttp, with the checks that llhttp leaves to its users.
#pragma once

#include <llhttp.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include "head_collector.hpp"
#include "websock/core/bytes.hpp"
#include "websock/http/fields.hpp"
#include "websock/http/head_parser.hpp"

namespace websock::http {

/// What `request_parser` and `response_parser` share: a head in one piece, then its body as it comes.
/// llhttp splits heads and decodes bodies; what two implementations may read in two ways is refused
/// here, so that neither its version nor its lenience matters.
class message_parser {
 public:
  enum class overflow { fails, is_dropped };

  message_parser(llhttp_type_t type, const http::limits& limits, overflow body_overflow);
  message_parser(const message_parser&) = delete;  // llhttp holds our address
  message_parser& operator=(const message_parser&) = delete;

  /// Takes bytes up to the end of the head, or, once that is done, of the body. When the head has
  /// just been completed `head_done()` has changed; the text behind `start_line()` is valid until
  /// the input or the parser changes.
  std::error_code parse(bytes_view& input);
  std::error_code end_of_input();
  /// Ready for the next message. `keep_count`: what came counts towards its head's limit.
  void reset(bool keep_count);

  [[nodiscard]] bool started() const noexcept { return head_done_ || collector_.started(); }
  [[nodiscard]] bool head_done() const noexcept { return head_done_; }
  [[nodiscard]] bool is_done() const noexcept { return done_; }
  [[nodiscard]] bool body_begun() const noexcept { return body_begun_; }

  /// The first line of the head, without its CRLF.
  [[nodiscard]] std::string_view start_line() const noexcept { return start_line_; }
  [[nodiscard]] std::string_view target() const noexcept { return target_; }
  [[nodiscard]] const llhttp_t& llhttp() const noexcept { return llhttp_; }

  http::fields fields;
  std::string body;

 private:
  struct callbacks;
  friend struct callbacks;

  std::error_code parse_head(bytes_view& input);
  std::error_code parse_body(bytes_view& input);
  std::error_code fail(std::error_code reason);
  [[nodiscard]] bool has_one_length() const;
  [[nodiscard]] bool add_field();
  std::error_code check_declared_length() const;
  std::error_code add_body(std::string_view data);
  std::error_code check_framing(const char* end);

  llhttp_t llhttp_;
  http::limits limits_;
  head_collector collector_;
  std::string_view start_line_;
  std::string_view target_;
  std::string_view name_;
  std::string_view value_;
  std::error_code error_;
  const char* framing_ = nullptr;  // chunks: up to where the lines between data were checked
  std::size_t framing_size_ = 0;   // of the lines since the last data
  std::size_t skipped_ = 0;        // bytes of heads before this one that count towards its limit
  char framing_previous_ = 0;
  overflow body_overflow_;
  bool is_chunked_ = false;  // as the head says: llhttp's own flag follows a Transfer-Encoding in a trailer
  bool head_done_ = false;
  bool body_begun_ = false;
  bool done_ = false;
};

}  // namespace websock::http
