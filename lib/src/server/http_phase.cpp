#include "server/http_phase.hpp"

#include "io/reactor.hpp"
#include "server/log.hpp"
#include "server/plain_response.hpp"
#include "server/worker.hpp"

namespace websock {
namespace {

constexpr std::size_t read_size = 4096;
constexpr duration linger_time{2000};
constexpr std::size_t linger_bytes = 256 * 1024;

http::status status_of(std::error_code error) noexcept {
  if (error == errc::http_head_too_large) return http::status::request_header_fields_too_large;
  if (error == errc::http_body_too_large) return http::status::content_too_large;
  return http::status::bad_request;
}

}  // namespace

task<std::unique_ptr<upgrade>> serve_http(connection& self, std::unique_ptr<arrival> from) {
  http_phase phase{self, std::move(from)};
  auto upgraded = co_await phase.run();
  co_return upgraded;
}

http_phase::http_phase(connection& self, std::unique_ptr<arrival> from)
    : self_{self},
      stream_{std::move(from->stream)},
      remote_endpoint_{std::move(from->remote_endpoint)},
      site_{self.home().current_site()},
      parser_{site_->config().http},
      watchdog_{stream_->get_executor(), [this](clock::time_point now) { return look(now); }} {
  if (!from->tls) return;
  auto secured = std::make_unique<io::tls_stream>(std::move(stream_), std::move(*from->tls), "");
  unsecured_ = secured.get();
  stream_ = std::move(secured);
}

http_phase::~http_phase() { self_.serve_http(nullptr, false); }

task<std::unique_ptr<upgrade>> http_phase::run() {
  set_deadline(site_->config().handshake_timeout);
  if (unsecured_ != nullptr) co_await shake_hands();
  while (true) {
    const bool has_request = co_await read_request();
    if (!has_request) co_return nullptr;
    set_deadline(no_timeout);
    const bool is_upgrade = parser_.is_upgrade();
    // A refused upgrade ends the connection: what follows its head could be meant as its body.
    keep_alive_ = parser_.is_done() && parser_.keep_alive() && !is_upgrade;
    http::request request = parser_.is_done() ? parser_.take() : parser_.request();
    auto upgraded = co_await answer(request, is_upgrade);
    if (upgraded) co_return upgraded;
    if (!keep_alive_) break;
    set_deadline(site_->config().http_idle_timeout);
  }
  co_await finish();
  co_return nullptr;
}

task<void> http_phase::shake_hands() {
  self_.serve_http(stream_.get(), true);
  co_await unsecured_->handshake();
  tls_ = stream_->tls();
}

// True: there is a request to answer, whole but for a body that nobody would read.
task<bool> http_phase::read_request() {
  self_.serve_http(stream_.get(), unread_.empty());
  while (!parser_.head_done()) {
    const bool was_started = parser_.started();
    const bool has_more = co_await parse_more();
    if (!has_more) co_return false;
    if (!was_started) set_deadline(site_->config().handshake_timeout);
    self_.serve_http(stream_.get(), false);
  }
  self_.place().handshake_done();
  if (parser_.is_done()) co_return true;
  const bool is_whole = co_await read_body();
  co_return is_whole;
}

task<bool> http_phase::read_body() {
  if (!takes_body()) co_return true;
  // RFC 9110 section 10.1.1: "A server that responds with a final status code instead of reading the
  // entire request content SHOULD indicate whether it intends to close the connection", and "MUST NOT
  // send a 100 (Continue) response if ... an HTTP/1.0 request".
  if (parser_.expects_continue() && unread_.empty()) {
    bytes_view parts[] = {as_bytes("HTTP/1.1 100 Continue\r\n\r\n")};
    co_await write(parts);
  }
  while (!parser_.is_done()) {
    set_deadline(site_->config().http_idle_timeout);  // for each piece
    const bool has_more = co_await parse_more();
    if (!has_more) co_return false;
  }
  co_return true;
}

bool http_phase::takes_body() const {
  const auto found = site_->find(parser_.request().path());
  return found && found->route->on_request;
}

// Parses what there is, and reads if there is nothing. False: no request will come.
task<bool> http_phase::parse_more() {
  if (unread_.empty()) {
    const bool has_more = co_await read_more();
    if (!has_more) co_return false;
  }
  const std::error_code error = parser_.parse(unread_);
  if (error) {
    co_await refuse(error);
    co_return false;
  }
  co_return true;
}

// While it waits there is no buffer.
task<bool> http_phase::read_more() {
  while (true) {
    input_.clear();
    std::byte* const start = input_.extend(read_size);
    std::error_code error;
    const std::size_t count = stream_->try_read({start, read_size}, error);
    input_.truncate(count);
    unread_ = input_.view();
    if (!error) {
      if (++steps_without_wait_ >= fair_share) co_await be_fair();
      co_return count != 0;
    }
    if (!io::is_would_block(error)) throw std::system_error{error, "read"};
    input_.release();
    steps_without_wait_ = 0;
    co_await stream_->wait(io::direction::read);
  }
}

// A client that sends request upon request, or takes a large file as fast as it comes, is not to have
// the thread alone.
task<void> http_phase::be_fair() {
  steps_without_wait_ = 0;
  co_await io::reactor::of(stream_->get_executor()).next_turn();
}

task<void> http_phase::refuse(std::error_code error) {
  log::debug({remote_endpoint_, ": ", error.message()});
  keep_alive_ = false;
  http::request nothing;
  nothing.method = "GET";
  http::response response = plain_response(status_of(error));
  co_await send(response, nothing);
  co_await finish();
}

// RFC 9112 section 9.6: a server that closes with input unread makes the peer's system drop what it
// has not read of our response; so "the server first closes only the write side", and reads on.
task<void> http_phase::finish() {
  stream_->shutdown_send();
  self_.serve_http(stream_.get(), true);
  set_deadline(linger_time);
  for (std::size_t dropped = 0; dropped < linger_bytes; dropped += unread_.size()) {
    const bool has_more = co_await read_more();
    if (!has_more) break;
  }
  stream_->close();
}

void http_phase::set_deadline(duration time) {
  due_ = time == no_timeout ? io::watchdog::never : clock::now() + time;
  if (time != no_timeout) watchdog_.look_at(due_);
}

http_phase::clock::time_point http_phase::look(clock::time_point now) {
  if (now < due_) return due_;
  stream_->close();
  return io::watchdog::never;
}

}  // namespace websock
