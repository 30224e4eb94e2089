// A server on a port that the system chooses, and clients that talk to it over the loopback.
#pragma once

#include <asio/io_context.hpp>
#include <asio/this_coro.hpp>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>

#include "support/catch.hpp"
#include "support/echo.hpp"
#include "support/run.hpp"
#include "websock/client/connect.hpp"
#include "websock/http/head_parser.hpp"
#include "websock/io/connect.hpp"
#include "websock/protocol/handshake.hpp"
#include "websock/server/server.hpp"

namespace support {

using websock::task;

/// One thread, one listener on 127.0.0.1 and port 0, `/ws` to the handler "ws".
inline websock::server_config one_route() {
  websock::server_config config;
  config.threads = 1;
  config.listeners.front().port = 0;
  websock::route_config route;
  route.path = "/ws";
  route.handler = "ws";
  config.routes.push_back(std::move(route));
  return config;
}

/// A server with its "ws" handler, already serving.
struct test_server : websock::server {
  explicit test_server(websock::session_handler handler = echo, websock::server_config config = one_route())
      : server{std::move(config)} {
    handle("ws", std::move(handler));
    start();
  }
  [[nodiscard]] websock::io::endpoint where() const { return endpoints().at(0); }
};

/// Counts across threads, and waits for a count.
class event_count {
 public:
  void add() {
    const std::lock_guard lock{mutex_};
    ++count_;
    changed_.notify_all();
  }
  /// False when it takes longer than `bound`.
  [[nodiscard]] bool wait_for(std::size_t count) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, bound, [&] { return count_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
};

/// A client's connection on which plain HTTP is spoken.
class http_client {
 public:
  explicit http_client(websock::io::stream_ptr stream) : stream_{std::move(stream)} {}

  task<void> send(std::string text) { co_await stream_->write(text); }

  /// The next response, with its body (none for the answer to a HEAD).
  task<websock::http::response> receive(bool is_head = false) {
    websock::http::response_parser parser{limits()};
    while (is_head ? !parser.head_done() : !parser.is_done()) {
      if (rest_.empty()) {
        const bool has_more = co_await read_more();
        if (!has_more) {
          if (const auto error = parser.end_of_input()) throw std::system_error{error};
          break;
        }
      }
      // The parser does not know of the HEAD, and would take what follows for the body.
      const std::size_t head_end = is_head ? rest_.find("\r\n\r\n") : std::string::npos;
      const std::size_t end = head_end == std::string::npos ? rest_.size() : head_end + 4;
      websock::bytes_view input = websock::as_bytes(std::string_view{rest_}.substr(0, end));
      const auto error = parser.parse(input);
      rest_.erase(0, end - input.size());
      if (error) throw std::system_error{error};
    }
    co_return parser.take();
  }

  task<websock::http::response> ask(std::string text) {
    co_await send(text);
    auto response = co_await receive(text.starts_with("HEAD "));
    co_return response;
  }

  /// Everything up to the end of the stream, as it came; a reset is an end, too.
  task<std::string> read_to_the_end() {
    bool has_more = true;
    try {
      while (has_more) has_more = co_await read_more();
    } catch (const std::system_error&) {
    }
    co_return std::exchange(rest_, {});
  }

  websock::io::byte_stream& stream() { return *stream_; }

 private:
  static websock::http::limits limits() {
    websock::http::limits wide;
    wide.body_bytes = 64 * 1024 * 1024;
    return wide;
  }

  task<bool> read_more() {
    std::byte piece[16 * 1024];
    const std::size_t count = co_await stream_->read_some(piece);
    rest_ += websock::as_text({piece, count});
    co_return count != 0;
  }

  websock::io::stream_ptr stream_;
  std::string rest_;  // read and not yet used
};

inline task<http_client> connect_http(websock::io::endpoint where) {
  auto stream = co_await websock::io::connect(where);
  co_return http_client{std::move(stream)};
}

inline websock::protocol::client_handshake make_handshake(
    const std::string& target, const websock::protocol::request_options& options = {}) {
  return {websock::http::parse_url("ws://localhost" + target), options};
}

// Overloads in the place of default arguments: a temporary of an owning aggregate must not be an
// argument of what is awaited.

/// The server's answer to an opening handshake, whatever it is.
inline task<websock::http::response> ask_for_session(http_client& client, std::string target,
                                                     const websock::protocol::request_options& options) {
  const auto handshake = make_handshake(target, options);
  const std::string head = websock::http::serialize_head(handshake.request());
  co_await client.send(head);
  auto response = co_await client.receive();
  co_return response;
}
inline task<websock::http::response> ask_for_session(http_client& client, std::string target) {
  const websock::protocol::request_options none;
  auto response = co_await ask_for_session(client, target, none);
  co_return response;
}

inline std::string url_of(const websock::io::endpoint& where, std::string_view target) {
  const std::string server =
      where.unix_path.empty() ? "ws://" + where.to_string() : "ws+" + where.to_string() + ":";
  return server + std::string{target};
}

/// A session of the client's role. Throws `errc::handshake_refused` when there is none.
inline task<websock::session> open_session(websock::io::endpoint where, std::string target,
                                           const websock::connect_options& options) {
  auto opened = co_await websock::connect(url_of(where, target), options);
  co_return opened;
}
inline task<websock::session> open_session(websock::io::endpoint where, std::string target = "/ws") {
  const websock::connect_options none;
  auto opened = co_await open_session(where, target, none);
  co_return opened;
}

/// Reads to the end of a session.
inline task<void> read_to_the_close(websock::session& session) {
  while (auto message = co_await session.receive()) {
  }
}

}  // namespace support
