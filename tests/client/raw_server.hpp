// A server in the test's own context that answers a client octet by octet.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/certificates.hpp"
#include "support/echo.hpp"
#include "support/raw_peer.hpp"
#include "support/spawn.hpp"
#include "websock/client/connect.hpp"
#include "websock/http/head_parser.hpp"
#include "websock/io/acceptor.hpp"
#include "websock/io/tls.hpp"
#include "websock/protocol/handshake.hpp"

namespace support {

using websock::task;

/// What follows a request; may take the stream for a session. Afterwards the stream is read to its end.
using conversation =
    std::function<task<void>(websock::io::stream_ptr& stream, const websock::http::request&)>;

/// The next request; nothing when the stream ends before it, or it is none.
inline task<std::optional<websock::http::request>> read_request(websock::io::byte_stream& stream) {
  const websock::http::limits limits;
  websock::http::request_parser parser{limits};
  std::byte piece[4096];
  while (!parser.is_done()) {
    const std::size_t count = co_await stream.read_some(piece);
    websock::bytes_view input{piece, count};
    if (count == 0 || parser.parse(input)) co_return std::nullopt;
  }
  co_return parser.take();
}

/// Serves every connection as `talk` says, and keeps the requests.
class raw_server {
 public:
  raw_server(asio::io_context& context, conversation talk, const websock::io::endpoint& where,
             std::optional<websock::io::tls_context> tls = std::nullopt)
      : state_{std::make_shared<state>(context, where)} {
    state_->talk = std::move(talk);
    state_->tls = std::move(tls);
    spawn(context, accept(context, state_));
  }
  raw_server(asio::io_context& context, conversation talk)
      : raw_server{context, std::move(talk), {"127.0.0.1", 0, {}}} {}
  raw_server(const raw_server&) = delete;
  raw_server& operator=(const raw_server&) = delete;
  ~raw_server() { state_->acceptor.close(); }

  [[nodiscard]] std::string authority() const { return state_->acceptor.local().to_string(); }
  [[nodiscard]] std::string url(std::string_view target = "/") const {
    return (state_->tls ? "wss://" : "ws://") + authority() + std::string{target};
  }

  [[nodiscard]] const std::vector<websock::http::request>& requests() const { return state_->requests; }
  [[nodiscard]] std::string field(std::size_t request, std::string_view name) const {
    return requests().at(request).fields.combined(name);
  }
  /// Of the client's certificate, one a request; empty: none.
  [[nodiscard]] const std::vector<std::string>& subjects() const { return state_->subjects; }
  /// Connections that were made, and those that the client has not ended.
  [[nodiscard]] std::size_t accepted() const { return state_->accepted; }
  [[nodiscard]] std::size_t open() const { return state_->open; }

 private:
  struct state {
    state(asio::io_context& context, const websock::io::endpoint& where)
        : acceptor{context.get_executor(), where} {}
    websock::io::acceptor acceptor;
    conversation talk;
    std::optional<websock::io::tls_context> tls;
    std::vector<websock::http::request> requests;
    std::vector<std::string> subjects;
    std::size_t accepted = 0;
    std::size_t open = 0;
  };

  static task<void> accept(asio::io_context& context, std::shared_ptr<state> self) {
    while (true) {
      auto stream = co_await self->acceptor.accept();
      ++self->accepted;
      spawn(context, serve(self, std::move(stream)));
    }
  }

  static task<void> serve(std::shared_ptr<state> self, websock::io::stream_ptr stream) {
    struct counted {
      explicit counted(std::size_t& one) : count{one} { ++count; }
      ~counted() { --count; }
      std::size_t& count;
    };
    const counted mine{self->open};
    if (self->tls) stream = co_await websock::io::accept_tls(std::move(stream), *self->tls);
    const auto request = co_await read_request(*stream);
    if (!request) co_return;
    self->requests.push_back(*request);
    self->subjects.push_back(stream->tls() == nullptr ? "" : stream->tls()->peer_subject);
    co_await self->talk(stream, *request);
    if (!stream) co_return;
    const std::string ignored = co_await read_to_end(*stream);
  }

  std::shared_ptr<state> state_;
};

inline bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// With the certificate of localhost; asks for the client's.
inline websock::io::tls_context server_tls() {
  websock::io::tls_server_options options;
  options.identities.push_back(certificates::shared().pair("server"));
  options.clients = websock::io::client_certificate::optional;
  options.client_ca_file = certificates::shared().file("ca.pem");
  return websock::io::tls_context{options};
}

/// Trusts `server_tls`.
inline websock::connect_options trusting_options() {
  websock::connect_options options;
  options.tls.ca_file = certificates::shared().file("ca.pem");
  return options;
}

/// Sends `text` whatever was asked, and no end of the stream.
inline conversation say(std::string text) {
  return
      [text = std::move(text)](websock::io::stream_ptr& stream, const websock::http::request&) -> task<void> {
        co_await stream->write(text);
      };
}

/// The same, and then the end of the stream.
inline conversation say_and_end(std::string text) {
  return
      [text = std::move(text)](websock::io::stream_ptr& stream, const websock::http::request&) -> task<void> {
        co_await stream->write(text);
        stream->shutdown_send();
      };
}

inline conversation say_nothing() { return say(""); }

inline conversation redirect_to(const std::string& location, unsigned status = 302) {
  return say("HTTP/1.1 " + std::to_string(status) + " x\r\nLocation: " + location +
             "\r\nContent-Length: 5\r\n\r\nmoved");
}

/// A 101 that fits the request, as text; for tests that change it.
inline websock::http::response acceptance(const websock::http::request& request) {
  websock::protocol::accept_options any;
  any.origins.emplace_back("*");
  return std::get<websock::protocol::accepted>(websock::protocol::accept_handshake(request, any)).response;
}

/// Opens a session and echoes.
inline task<void> open_echo(websock::io::stream_ptr& stream, const websock::http::request& request) {
  const std::string head = websock::http::serialize_head(acceptance(request));
  co_await stream->write(head);
  websock::session session{std::move(stream), websock::protocol::role::server};
  co_await echo(session);
}

/// Different answers for different targets; 404 for the others.
inline conversation by_target(std::vector<std::pair<std::string, conversation>> all) {
  const auto routes = std::make_shared<const decltype(all)>(std::move(all));
  return [routes](websock::io::stream_ptr& stream, const websock::http::request& request) -> task<void> {
    for (const auto& [target, talk] : *routes) {
      if (target == request.target) {
        co_await talk(stream, request);
        co_return;
      }
    }
    co_await stream->write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  };
}

/// What `connect` threw.
struct failure {
  std::error_code code;
  std::string what;
  std::optional<websock::http::response> response;  // of a handshake_error
};

/// Connects, says and hears one message, closes; or tells what was thrown.
inline task<void> try_session(std::string url, websock::connect_options options, failure& into) {
  try {
    auto session = co_await websock::connect(url, options);
    co_await session.send("hello");
    const auto reply = co_await session.receive();
    if (!reply || reply->text() != "hello") throw std::runtime_error{"no echo"};
    co_await session.close();
  } catch (const websock::handshake_error& error) {
    into.code = error.code();
    into.what = error.what();
    into.response = error.response();
  } catch (const std::system_error& error) {
    into.code = error.code();
    into.what = error.what();
  }
}

inline failure connect_once(asio::io_context& context, std::string url,
                            websock::connect_options options = {}) {
  failure result;
  run(context, try_session(std::move(url), std::move(options), result));
  return result;
}

}  // namespace support
