// Two ends of a TLS stream, connected on one thread.
#pragma once

#include <asio/io_context.hpp>
#include <string>
#include <utility>

#include "support/certificates.hpp"
#include "support/run.hpp"
#include "support/spawn.hpp"
#include "websock/io/memory_pair.hpp"
#include "websock/io/tls.hpp"

namespace support {

inline websock::io::tls_server_options server_options(std::string_view pair = "server") {
  websock::io::tls_server_options options;
  options.identities.push_back(certificates::shared().pair(pair));
  return options;
}

inline websock::io::tls_client_options client_options(std::string_view ca = "ca.pem") {
  websock::io::tls_client_options options;
  options.ca_file = certificates::shared().file(ca);
  return options;
}

/// What came of both sides of a handshake: a stream, or an exception's code and text.
struct tls_side {
  websock::io::stream_ptr stream;
  std::error_code error;
  std::string text;
  bool done = false;
};

inline websock::task<void> keep_side(websock::task<websock::io::stream_ptr> work, tls_side& into) {
  try {
    into.stream = co_await std::move(work);
  } catch (const std::system_error& error) {
    into.error = error.code();
    into.text = error.what();
  }
  into.done = true;
}

struct tls_pair {
  tls_side server;
  tls_side client;
};

/// Shakes hands over two connected streams.
inline tls_pair shake_hands(asio::io_context& context, websock::io::stream_ptr server_end,
                            websock::io::stream_ptr client_end,
                            const websock::io::tls_context& server_context,
                            const websock::io::tls_context& client_context,
                            const std::string& host = "localhost") {
  tls_pair both;
  spawn(context, keep_side(websock::io::accept_tls(std::move(server_end), server_context), both.server));
  spawn(context,
        keep_side(websock::io::connect_tls(std::move(client_end), client_context, host), both.client));
  poll_until(context, [&] { return both.server.done && both.client.done; });
  return both;
}

inline tls_pair shake_hands(asio::io_context& context, websock::io::stream_ptr server_end,
                            websock::io::stream_ptr client_end) {
  const websock::io::tls_context server{server_options()};
  const websock::io::tls_context client{client_options()};
  return shake_hands(context, std::move(server_end), std::move(client_end), server, client);
}

/// The same in memory.
inline tls_pair shake_hands(asio::io_context& context,
                            const websock::io::tls_server_options& server = server_options(),
                            const websock::io::tls_client_options& client = client_options(),
                            const std::string& host = "localhost", std::size_t capacity = 64 * 1024) {
  auto [left, right] = websock::io::memory_pair(context.get_executor(), capacity);
  return shake_hands(context, std::move(left), std::move(right), websock::io::tls_context{server},
                     websock::io::tls_context{client}, host);
}

}  // namespace support
