#include "websock/http/head_parser.hpp"

#include <utility>

#include "message_parser.hpp"
#include "target.hpp"
#include "websock/core/error.hpp"
#include "websock/http/syntax.hpp"
#include "websock/http/url.hpp"

namespace websock::http {
namespace {

constexpr std::string_view version_text = " HTTP/1.";

// RFC 9112 section 3: request-line = method SP request-target SP HTTP-version. llhttp also takes
// more blanks, RTSP and ICE; a line that is exactly as long as its parts has none of them.
bool is_request_line(std::string_view line, const request& head) {
  const std::size_t parts = head.method.size() + 1 + head.target.size() + version_text.size() + 1;
  if (line.size() != parts || !line.starts_with(head.method)) return false;
  const std::string_view version = line.substr(line.size() - version_text.size() - 1);
  return version.starts_with(version_text) && (version.back() == '0' || version.back() == '1');
}

// RFC 9112 section 3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1
// request message that lacks a Host header field and to any request message that contains more than
// one Host header field line or a Host header field with an invalid field value."
bool has_valid_host(const request& head) {
  const std::size_t count = head.fields.count("Host");
  if (count == 0) return head.version_minor == 0;
  const std::string_view host = *head.fields.find("Host");
  return count == 1 && (host.empty() || parse_host(host).has_value());
}

}  // namespace

struct request_parser::state {
  explicit state(const http::limits& limits)
      : message{HTTP_REQUEST, limits, message_parser::overflow::fails} {}

  std::error_code parse_head(bytes_view& input);
  std::error_code finish_head();

  message_parser message;
  http::request request;
  std::error_code error;
  bool has_head = false;
};

std::error_code request_parser::state::parse_head(bytes_view& input) {
  const std::error_code failure = message.parse(input);
  // A head that is wrong is just that, whatever length it declares.
  if (!message.head_done() || failure == errc::http_malformed) return failure;
  if (const auto invalid = finish_head()) return invalid;
  has_head = true;
  return failure;
}

std::error_code request_parser::state::finish_head() {
  request.method = llhttp_method_name(static_cast<llhttp_method_t>(message.llhttp().method));
  request.target = message.target();
  request.version_minor = message.llhttp().http_minor;
  request.fields = std::move(message.fields);
  const bool valid = is_request_line(message.start_line(), request) &&
                     is_target(request.method, request.target) && has_valid_host(request);
  return valid ? std::error_code{} : errc::http_malformed;
}

request_parser::request_parser(const http::limits& limits) : state_{std::make_unique<state>(limits)} {}
request_parser::request_parser(request_parser&&) noexcept = default;
request_parser& request_parser::operator=(request_parser&&) noexcept = default;
request_parser::~request_parser() = default;

std::error_code request_parser::parse(bytes_view& input) {
  auto& [message, request, error, has_head] = *state_;
  if (error || message.is_done()) return error;
  if (!has_head) error = state_->parse_head(input);
  if (!error && has_head && !message.is_done()) error = message.parse(input);
  if (!error && message.is_done()) request.body = std::move(message.body);
  return error;
}

bool request_parser::started() const noexcept { return state_->message.started(); }
bool request_parser::head_done() const noexcept { return state_->has_head; }
bool request_parser::is_done() const noexcept { return state_->message.is_done() && !state_->error; }

bool request_parser::is_upgrade() const noexcept {
  const http::fields& fields = state_->request.fields;
  return head_done() && fields.has_token("Upgrade", "websocket") && fields.has_token("Connection", "upgrade");
}

bool request_parser::expects_continue() const noexcept {
  // RFC 9110 section 10.1.1: "A server that receives a 100-continue expectation in an HTTP/1.0
  // request MUST ignore that expectation." And it may omit the 100 once content has come.
  const auto& [message, request, error, has_head] = *state_;
  return has_head && !error && !message.is_done() && !message.body_begun() && request.version_minor == 1 &&
         request.fields.has_token("Expect", "100-continue");
}

bool request_parser::keep_alive() const noexcept {
  // RFC 9112 section 9.3: "If the close connection option is present ..., the connection will not
  // persist after the current response; else, If the received protocol is HTTP/1.1 (or later), the
  // connection will persist ...; else, If the received protocol is HTTP/1.0, the keep-alive
  // connection option is present, ... the connection will persist".
  const http::request& head = state_->request;
  if (!head_done() || state_->error || head.fields.has_token("Connection", "close")) return false;
  return head.version_minor == 1 || head.fields.has_token("Connection", "keep-alive");
}

const http::request& request_parser::request() const noexcept { return state_->request; }

http::request request_parser::take() {
  state_->message.reset(false);
  state_->has_head = false;
  return std::exchange(state_->request, {});
}

struct response_parser::state {
  explicit state(const http::limits& limits)
      : message{HTTP_RESPONSE, limits, message_parser::overflow::is_dropped}, body_limit{limits.body_bytes} {}

  [[nodiscard]] std::uint16_t code() const { return message.llhttp().status_code; }
  [[nodiscard]] bool is_valid() const;
  std::error_code parse_heads(bytes_view& input);

  message_parser message;
  std::size_t body_limit;
  http::response response;
  std::error_code error;
  bool has_head = false;
};

bool response_parser::state::is_valid() const {
  const std::string_view line = message.start_line();
  const std::uint8_t minor = message.llhttp().http_minor;
  // RFC 9110 section 15.2: "Since HTTP/1.0 did not define any 1xx status codes, a server MUST NOT
  // send a 1xx response to an HTTP/1.0 client"; and a 1.0 server has none to send.
  return line.starts_with("HTTP/1.") && (minor == 1 || (minor == 0 && code() >= 200)) && code() >= 100 &&
         is_field_value(line);
}

response_parser::response_parser(const http::limits& limits) : state_{std::make_unique<state>(limits)} {}
response_parser::response_parser(response_parser&&) noexcept = default;
response_parser& response_parser::operator=(response_parser&&) noexcept = default;
response_parser::~response_parser() = default;

// Up to the end of the head that is not informational.
std::error_code response_parser::state::parse_heads(bytes_view& input) {
  while (true) {
    const std::error_code failure = message.parse(input);
    if (failure || !message.head_done()) return failure;
    if (!is_valid()) return errc::http_malformed;
    const bool informational =
        code() < 200 && code() != static_cast<std::uint16_t>(status::switching_protocols);
    if (!informational) break;
    message.reset(true);
  }
  response.status = static_cast<status>(code());
  response.fields = std::move(message.fields);
  has_head = true;
  return {};
}

std::error_code response_parser::parse(bytes_view& input) {
  auto& [message, body_limit, response, error, has_head] = *state_;
  if (!error && !has_head) error = state_->parse_heads(input);
  if (!error && has_head && !message.is_done()) error = message.parse(input);
  return error;
}

std::error_code response_parser::end_of_input() {
  if (!state_->error) state_->error = state_->message.end_of_input();
  return state_->error;
}

bool response_parser::head_done() const noexcept { return state_->has_head; }
bool response_parser::is_done() const noexcept { return state_->message.is_done() && !state_->error; }

bool response_parser::body_full() const noexcept { return state_->message.body.size() >= state_->body_limit; }
const http::response& response_parser::response() const noexcept { return state_->response; }

http::response response_parser::take() {
  state_->response.body = std::move(state_->message.body);
  return std::move(state_->response);
}

}  // namespace websock::http
