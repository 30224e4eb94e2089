#include "message_parser.hpp"

#include <algorithm>
#include <utility>

#include "websock/core/error.hpp"
#include "websock/http/syntax.hpp"

namespace websock::http {

// What llhttp calls. A value below zero ends the parse with what `error_` says.
struct message_parser::callbacks {
  static message_parser& self(llhttp_t* parser) { return *static_cast<message_parser*>(parser->data); }

  // llhttp may report one span in parts; the head lies in one piece, so the parts join.
  static void extend(std::string_view& span, const char* at, std::size_t size) {
    span = span.empty() ? std::string_view{at, size}
                        : std::string_view{span.data(), static_cast<std::size_t>(at - span.data()) + size};
  }

  static int stop(message_parser& parser, std::error_code reason) {
    if (!reason) return HPE_OK;
    parser.error_ = reason;
    return -1;
  }

  static int on_url(llhttp_t* parser, const char* at, std::size_t size) {
    extend(self(parser).target_, at, size);
    return HPE_OK;
  }

  static int on_header_field(llhttp_t* parser, const char* at, std::size_t size) {
    extend(self(parser).name_, at, size);
    return HPE_OK;
  }

  static int on_header_value(llhttp_t* parser, const char* at, std::size_t size) {
    extend(self(parser).value_, at, size);
    return HPE_OK;
  }

  static int on_header_value_complete(llhttp_t* parser) {
    message_parser& message = self(parser);
    if (message.head_done_) return HPE_OK;  // a trailer field, dropped
    if (message.fields.size() == message.limits_.head_fields) return stop(message, errc::http_head_too_large);
    return message.add_field() ? HPE_OK : stop(message, errc::http_malformed);
  }

  static int on_headers_complete(llhttp_t* parser) {
    self(parser).head_done_ = true;
    // Whether the protocol changes is decided by the answer, not here: frames stay in the input
    // because a request without a body ends with its head.
    parser->upgrade = 0;
    // RFC 9112 section 6.3: "Any response with a 1xx (Informational) ... status code is always
    // terminated by the first empty line".
    return parser->type == HTTP_RESPONSE && parser->status_code / 100 == 1 ? 1 : 0;
  }

  static int on_body(llhttp_t* parser, const char* at, std::size_t size) {
    message_parser& message = self(parser);
    if (!message.body_begun_) return stop(message, errc::http_malformed);  // inside of our head
    if (const auto error = message.check_framing(at)) return stop(message, error);
    message.framing_ = at + size;
    message.framing_size_ = 0;
    message.framing_previous_ = 0;
    return stop(message, message.add_body({at, size}));
  }

  static int on_message_complete(llhttp_t* parser) {
    self(parser).done_ = true;
    return HPE_PAUSED;  // what follows stays in the input
  }

  static const llhttp_settings_t* settings() {
    static const llhttp_settings_t all = [] {
      llhttp_settings_t set;
      llhttp_settings_init(&set);
      set.on_url = on_url;
      set.on_header_field = on_header_field;
      set.on_header_value = on_header_value;
      set.on_header_value_complete = on_header_value_complete;
      set.on_headers_complete = on_headers_complete;
      set.on_body = on_body;
      set.on_message_complete = on_message_complete;
      return set;
    }();
    return &all;
  }
};

message_parser::message_parser(llhttp_type_t type, const http::limits& limits, overflow body_overflow)
    : limits_{limits}, body_overflow_{body_overflow} {
  llhttp_init(&llhttp_, type, callbacks::settings());
  llhttp_.data = this;
}

std::error_code message_parser::parse(bytes_view& input) {
  if (error_ || done_) return error_;
  if (!head_done_) return fail(parse_head(input));
  return input.empty() ? std::error_code{} : fail(parse_body(input));
}

std::error_code message_parser::end_of_input() {
  if (error_ || done_) return error_;
  if (head_done_) llhttp_finish(&llhttp_);  // completes the message where its end is the stream's
  return fail(done_ ? std::error_code{} : errc::connection_lost);
}

void message_parser::reset(bool keep_count) {
  skipped_ = keep_count ? skipped_ + collector_.size() : 0;
  const auto type = static_cast<llhttp_type_t>(llhttp_.type);
  llhttp_init(&llhttp_, type, callbacks::settings());
  llhttp_.data = this;
  collector_.reset();
  fields = {};
  body = {};
  start_line_ = target_ = name_ = value_ = {};
  framing_size_ = 0;
  framing_previous_ = 0;
  head_done_ = body_begun_ = done_ = is_chunked_ = false;
}

std::error_code message_parser::fail(std::error_code reason) {
  if (reason) error_ = reason;
  return error_;
}

std::error_code message_parser::parse_head(bytes_view& input) {
  const std::error_code incomplete = collector_.collect(input, limits_.head_bytes - skipped_);
  if (incomplete || !collector_.is_done()) return incomplete;
  const std::string_view head = collector_.head();
  start_line_ = head.substr(0, head.find('\r'));
  const auto lines = static_cast<std::size_t>(std::count(head.begin(), head.end(), '\n')) - 2;
  fields.reserve(std::min(lines, limits_.head_fields), head.size() - start_line_.size());
  const llhttp_errno_t result = llhttp_execute(&llhttp_, head.data(), head.size());
  if (error_) return error_;
  if (result != HPE_OK && result != HPE_PAUSED) return errc::http_malformed;
  // llhttp and we agree where the head ends, or somebody else would not.
  if (!head_done_ || (done_ && llhttp_get_error_pos(&llhttp_) != head.data() + head.size())) {
    return errc::http_malformed;
  }
  is_chunked_ = fields.count("Transfer-Encoding") != 0;
  return has_one_length() ? check_declared_length() : errc::http_malformed;
}

std::error_code message_parser::parse_body(bytes_view& input) {
  const std::string_view text = as_text(input);
  body_begun_ = true;
  framing_ = text.data();
  name_ = value_ = {};
  const llhttp_errno_t result = llhttp_execute(&llhttp_, text.data(), text.size());
  if (error_) return error_;
  if (result != HPE_OK && result != HPE_PAUSED) return errc::http_malformed;
  const char* const end = done_ ? llhttp_get_error_pos(&llhttp_) : text.data() + text.size();
  input = input.subspan(static_cast<std::size_t>(end - text.data()));
  return check_framing(end);
}

bool message_parser::add_field() {
  return fields.try_add(std::exchange(name_, {}), std::exchange(value_, {}));
}

// The length of a message is said once, in one way, or others may see its end elsewhere.
bool message_parser::has_one_length() const {
  const std::size_t lengths = fields.count("Content-Length");
  const std::size_t codings = fields.count("Transfer-Encoding");
  if (codings == 0) {
    const std::string_view digits = fields.find("Content-Length").value_or("0");
    const bool is_number = !digits.empty() && digits.find_first_not_of("0123456789") == digits.npos;
    return lengths <= 1 && is_number;
  }
  // RFC 9112 section 6.1: "A server MAY reject a request that contains both Content-Length and
  // Transfer-Encoding". And: an "HTTP/1.0 message containing a Transfer-Encoding header field" is to
  // be treated "as if the framing is faulty". No coding but chunked is implemented here.
  return lengths == 0 && codings == 1 && llhttp_.http_minor == 1 &&
         equals_ignoring_case(*fields.find("Transfer-Encoding"), "chunked");
}

std::error_code message_parser::check_declared_length() const {
  const bool declared = (llhttp_.flags & F_CONTENT_LENGTH) != 0 && !done_;
  if (!declared || body_overflow_ == overflow::is_dropped) return {};
  return llhttp_.content_length > limits_.body_bytes ? errc::http_body_too_large : std::error_code{};
}

std::error_code message_parser::add_body(std::string_view data) {
  const std::size_t room = limits_.body_bytes - body.size();
  if (data.size() > room && body_overflow_ == overflow::fails) return errc::http_body_too_large;
  body.append(data.substr(0, room));
  return {};
}

// The lines between the data of chunks: CRLF and nothing else ends them, and they are bounded.
std::error_code message_parser::check_framing(const char* end) {
  if (!is_chunked_) return {};
  for (; framing_ != end; ++framing_) {
    if ((framing_previous_ == '\r') != (*framing_ == '\n')) return errc::http_malformed;
    framing_previous_ = *framing_;
    if (++framing_size_ > limits_.head_bytes) return errc::http_head_too_large;
  }
  return {};
}

}  // namespace websock::http
