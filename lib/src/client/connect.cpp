#include "websock/client/connect.hpp"

#include <asio/error.hpp>
#include <asio/this_coro.hpp>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>

#include "client/answer.hpp"
#include "client/redirect.hpp"
#include "client/request.hpp"
#include "client/tunnel.hpp"
#include "websock/io/timer.hpp"

namespace websock {
namespace {

/// One call of `connect`, and all that it owns: the caller's frame may go before the work under way
/// in it has ended.
class opening {
 public:
  opening(std::string_view url, const connect_options& options) : url_text_{url}, options_{options} {}

  /// What is wrong with the caller's arguments is said before anything is sent.
  void prepare();
  task<session> run();

  [[nodiscard]] duration time_limit() const noexcept { return options_.session.timeouts.handshake; }
  [[noreturn]] void throw_late() const;

 private:
  task<io::stream_ptr> reach_server();
  task<io::stream_ptr> reach_host();
  task<io::stream_ptr> reach_proxy(const http::url& proxy);
  task<void> ask(io::byte_stream& stream, answer_reader& answer, const http::request& request);

  [[nodiscard]] std::optional<http::url> choose_proxy() const;
  std::string try_redirect(const http::response& response);
  void go_to(http::url where);
  session open(io::stream_ptr stream, const protocol::client_handshake& handshake, answer_reader& answer);
  [[noreturn]] void refuse(std::error_code why, const std::string& reason, http::response response) const;

  std::string url_text_;
  connect_options options_;
  http::url url_;
  std::optional<http::url> proxy_;  // of the options
  protocol::request_options request_;
  std::size_t redirects_ = 0;
  const char* phase_ = "";  // for people who wait for longer than they want to
};

void opening::prepare() {
  url_ = http::parse_url(url_text_);
  use_websocket_scheme(url_);
  if (!options_.proxy.empty()) proxy_ = parse_proxy(options_.proxy);
  request_ = make_request(options_);
}

task<session> opening::run() {
  while (true) {
    protocol::client_handshake handshake{url_, request_};
    io::stream_ptr stream = co_await reach_server();
    answer_reader answer{*stream};
    co_await ask(*stream, answer, handshake.request());
    const std::error_code verdict = handshake.check(answer.head());
    if (!verdict) co_return open(std::move(stream), handshake, answer);
    const bool redirected = options_.max_redirects != 0 && is_redirect(answer.head().status);
    const std::string against = redirected ? try_redirect(answer.head()) : std::string{};
    if (redirected && against.empty()) continue;
    co_await answer.read_body();
    refuse(redirected ? errc::redirect_refused : verdict, against, answer.take());
  }
}

task<io::stream_ptr> opening::reach_server() {
  std::optional<io::tls_context> tls;
  if (url_.scheme == "wss") tls.emplace(options_.tls);  // a file that is wrong is found at once
  io::stream_ptr stream = co_await reach_host();
  if (tls) {
    phase_ = "in the TLS handshake";
    stream = co_await io::connect_tls(std::move(stream), *tls, url_.host);
  }
  co_return stream;
}

// To whom the bytes are for, by whatever way.
task<io::stream_ptr> opening::reach_host() {
  phase_ = "looking up the host and connecting";
  if (!url_.unix_path.empty()) {
    const io::endpoint where{{}, 0, url_.unix_path};
    co_return co_await io::connect(where);
  }
  const std::optional<http::url> proxy = choose_proxy();
  if (!proxy) co_return co_await io::connect(url_.host, url_.port, options_.network);
  io::stream_ptr stream = co_await reach_proxy(*proxy);
  phase_ = "waiting for the proxy to connect";
  co_await open_tunnel(*stream, *proxy, url_.host, url_.port);
  co_return stream;
}

task<io::stream_ptr> opening::reach_proxy(const http::url& proxy) {
  phase_ = "connecting to the proxy";
  io::stream_ptr stream;
  try {
    stream = co_await io::connect(proxy.host, proxy.port, options_.network);
  } catch (const std::system_error& error) {
    throw std::system_error{error.code(), "the proxy " + proxy.authority()};
  }
  if (proxy.scheme == "https") {
    phase_ = "in the TLS handshake with the proxy";
    io::tls_client_options options = options_.tls;
    options.identity = {};  // that is for the server
    const io::tls_context tls{options};
    stream = co_await io::connect_tls(std::move(stream), tls, proxy.host);
  }
  co_return stream;
}

std::optional<http::url> opening::choose_proxy() const {
  if (proxy_ || !options_.proxy_from_environment) return proxy_;
  return proxy_of_environment(url_, [](const char* name) -> const char* { return std::getenv(name); });
}

task<void> opening::ask(io::byte_stream& stream, answer_reader& answer, const http::request& request) {
  phase_ = "waiting for the server's answer";
  const std::string head = http::serialize_head(request);
  std::exception_ptr cut_short;
  try {
    co_await stream.write(head);
  } catch (const std::system_error& error) {
    // A server that refuses without reading on may have said why.
    if (error.code() != condition::disconnected) throw;
    cut_short = std::current_exception();
  }
  try {
    co_await answer.read_head();
  } catch (const std::system_error& error) {
    if (cut_short && error.code() != asio::error::operation_aborted) std::rethrow_exception(cut_short);
    throw std::system_error{error.code(), "the answer of " + describe(url_)};
  }
}

// Why it is not followed; nothing when it is.
std::string opening::try_redirect(const http::response& response) {
  if (redirects_ == options_.max_redirects) {
    return "after " + std::to_string(redirects_) + " redirects, no more are followed";
  }
  auto next = follow_redirect(url_, response);
  if (const auto* refusal = std::get_if<redirect_refusal>(&next)) return refusal->reason;
  ++redirects_;
  go_to(std::move(std::get<http::url>(next)));
  return {};
}

// Once it has been elsewhere nobody knows who sends it back: what is stripped stays so.
void opening::go_to(http::url where) {
  if (!is_same_origin(url_, where)) {
    strip_credentials(options_);
    request_ = make_request(options_);
  }
  url_ = std::move(where);
}

session opening::open(io::stream_ptr stream, const protocol::client_handshake& handshake,
                      answer_reader& answer) {
  session_request request;
  request.head = handshake.request();
  request.subprotocol = handshake.subprotocol();
  request.deflate = handshake.deflate();
  request.remote_endpoint = stream->remote_endpoint();
  request.tls = stream->tls();
  request.response = std::make_shared<const http::response>(answer.take());
  auto settings = std::make_shared<const session_options>(options_.session);
  return session{std::move(stream), protocol::role::client, std::move(settings), std::move(request),
                 answer.rest()};
}

void opening::refuse(std::error_code why, const std::string& reason, http::response response) const {
  std::string what = describe(url_) + ": " + std::to_string(static_cast<unsigned>(response.status));
  const std::string_view phrase = http::reason_phrase(response.status);  // not the peer's words
  if (!phrase.empty()) what.append(" ").append(phrase);
  if (!reason.empty()) what += ", " + reason;
  throw handshake_error{why, what, std::move(response)};
}

void opening::throw_late() const {
  throw std::system_error{errc::handshake_timeout, describe(url_) + ": no session after " +
                                                       format_duration(time_limit()) + ", " + phase_};
}

// A refusal is a value here, so that a deadline or a cancellation that comes while its body is read
// does not lose it.
struct outcome {
  std::optional<session> opened;
  std::shared_ptr<const handshake_error> refusal;
};

task<outcome> run(std::shared_ptr<opening> self) {
  outcome result;
  try {
    session opened = co_await self->run();
    result.opened.emplace(std::move(opened));
  } catch (const handshake_error& refusal) {
    result.refusal = std::make_shared<const handshake_error>(refusal);
  }
  co_return result;
}

task<outcome> run_in_time(std::shared_ptr<opening> self) {
  task<outcome> work = run(self);
  try {
    outcome result = co_await io::with_timeout(std::move(work), self->time_limit());
    co_return result;
  } catch (const std::system_error& error) {
    if (error.code() == errc::timed_out) self->throw_late();
    throw;
  }
}

task<session> start(std::shared_ptr<opening> self) {
  self->prepare();
  outcome result = co_await run_in_time(self);
  if (result.opened) co_return std::move(*result.opened);
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw std::system_error{asio::error::operation_aborted, "connect"};
  }
  throw handshake_error{*result.refusal};
}

}  // namespace

task<session> connect(std::string_view url) { return connect(url, connect_options{}); }

task<session> connect(std::string_view url, const connect_options& options) {
  return start(std::make_shared<opening>(url, options));
}

}  // namespace websock
