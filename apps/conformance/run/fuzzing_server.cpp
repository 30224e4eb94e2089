#include "run/fuzzing_server.hpp"

#include <signal.h>

#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <exception>

#include "report/files.hpp"
#include "run/listening.hpp"
#include "run/request_reader.hpp"
#include "run/web_answers.hpp"
#include "websock/io/timer.hpp"
#include "websock/protocol/handshake.hpp"

namespace conformance {
namespace {

// For TLS and for the head of the request, each.
constexpr websock::duration patience = std::chrono::seconds{5};

std::optional<websock::io::tls_context> make_tls(const specification& wanted) {
  const auto options = listening_tls(wanted);
  if (!options) return std::nullopt;
  return websock::io::tls_context{*options};
}

// Connections that end before they ask anything (browsers open some in advance), and those that break.
bool is_worth_a_line(const std::error_code& error) {
  return error != asio::error::operation_aborted && error != websock::condition::disconnected &&
         error != websock::errc::timed_out && error != asio::error::eof;
}

websock::http::status status_of(const std::error_code& error) {
  return error == websock::errc::http_head_too_large ? websock::http::status::request_header_fields_too_large
                                                     : websock::http::status::bad_request;
}

websock::task<websock::io::stream_ptr> secure(websock::io::stream_ptr stream,
                                              const std::optional<websock::io::tls_context>& tls) {
  if (!tls) co_return stream;
  websock::io::tls_context context = *tls;
  auto handshake = websock::io::accept_tls(std::move(stream), std::move(context));
  auto secured = co_await websock::io::with_timeout(std::move(handshake), patience);
  co_return secured;
}

}  // namespace

fuzzing_server::fuzzing_server(const asio::any_io_executor& executor, specification wanted,
                               const catalog& all, line_sink tell)
    : wanted_{std::move(wanted)},
      cases_{select_cases(wanted_, all, subject_role::client)},
      all_{all},
      tell_{std::move(tell)},
      acceptor_{executor, listening_endpoint(wanted_)},
      tls_{make_tls(wanted_)},
      url_{url_of(wanted_, acceptor_.local())},
      case_ended_{executor},
      connections_{executor} {}

websock::task<void> fuzzing_server::run() {
  std::exception_ptr failure;
  try {
    co_await accept_all();
  } catch (const std::system_error& error) {
    if (error.code() != asio::error::operation_aborted) failure = std::current_exception();
  }
  connections_.cancel();
  co_await connections_.join();
  if (failure) std::rethrow_exception(failure);
}

void fuzzing_server::stop() noexcept {
  is_stopped_ = true;
  acceptor_.close();
}

void fuzzing_server::write_reports() {
  const std::lock_guard lock{*folder_};
  if (written_ == kept_) return;
  conformance::write_reports(results_, all_, wanted_.outdir);
  written_ = kept_;
}

websock::task<void> fuzzing_server::accept_all() {
  while (true) {
    auto stream = co_await acceptor_.accept();
    connections_.spawn(serve(std::move(stream)));
  }
}

// What one client does must not end the others.
websock::task<void> fuzzing_server::serve(websock::io::stream_ptr stream) {
  const std::string peer = stream->remote_endpoint();
  try {
    co_await converse(std::move(stream));
  } catch (const std::system_error& error) {
    if (is_worth_a_line(error.code())) say(tell_, peer + ": " + error.what());
  } catch (const std::exception& error) {
    say(tell_, peer + ": " + error.what());
  }
  case_ended_.notify_all();
}

websock::task<void> fuzzing_server::converse(websock::io::stream_ptr stream) {
  auto secured = co_await secure(std::move(stream), tls_);
  received_request request;
  std::error_code malformed;
  try {
    auto reading = read_request(*secured);
    request = co_await websock::io::with_timeout(std::move(reading), patience);
  } catch (const std::system_error& error) {
    malformed = error.code();
    if (malformed != websock::errc::http_malformed && malformed != websock::errc::http_head_too_large) throw;
  }
  if (malformed) {
    co_await refuse(*secured, malformed);
  } else if (websock::protocol::is_websocket_upgrade(request.head)) {
    co_await answer(std::move(secured), std::move(request));
  } else {
    websock::file_response response = answer_plain(request.head, cases_, wanted_.outdir, url_);
    co_await send_last(*secured, request.head, response);
  }
}

websock::task<void> fuzzing_server::refuse(websock::io::byte_stream& stream, std::error_code error) {
  const websock::http::request nothing;
  auto refusal = text_answer(status_of(error), error.message());
  co_await send_last(stream, nothing, std::move(refusal));
}

namespace {

// The first signal ends the run in order, the second at once.
void stop_on_signal(asio::signal_set& signals, asio::io_context& context, fuzzing_server& server,
                    bool is_second) {
  signals.async_wait([&, is_second](const std::error_code& error, int) {
    if (error) return;
    if (is_second) {
      context.stop();
      return;
    }
    server.stop();
    stop_on_signal(signals, context, server, true);
  });
}

}  // namespace

result_set run_fuzzing_server(const specification& wanted, const catalog& all, const line_sink& tell) {
  asio::io_context context{1};
  fuzzing_server server{context.get_executor(), wanted, all, tell};
  asio::signal_set signals{context, SIGINT, SIGTERM};
  stop_on_signal(signals, context, server, false);
  say(tell, std::to_string(server.case_count()) + " cases for clients at " + server.url() +
                "; browsers: http" + server.url().substr(2) + "/");
  std::exception_ptr failure;
  asio::co_spawn(context, server.run(), [&](std::exception_ptr error) {
    failure = error;
    context.stop();
  });
  context.run();
  if (!server.results().agents().empty()) {
    server.write_reports();
    say(tell, "reports: " + wanted.outdir + "/index.html");
  }
  if (failure) std::rethrow_exception(failure);
  return server.take_results();
}

}  // namespace conformance
