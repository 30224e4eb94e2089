#include "server.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <cstdio>
#include <optional>
#include <system_error>
#include <utility>

#include "conversation.hpp"
#include "handshake.hpp"
#include "websock/io/acceptor.hpp"

namespace broken {
namespace {

websock::task<void> talk(websock::io::byte_stream& stream, fault broken) {
  auto session = co_await accept(stream, broken);
  if (session) {
    co_await converse(stream, websock::protocol::role::server, std::move(*session), broken);
  } else {
    stream.shutdown_send();
    co_await read_to_end(stream);
  }
}

// What ends a connection is its own affair.
websock::task<void> serve_one(websock::io::stream_ptr stream, fault broken) {
  try {
    co_await talk(*stream, broken);
  } catch (const std::system_error&) {
  }
}

websock::task<void> serve_all(websock::io::acceptor& acceptor, fault broken) {
  for (;;) {
    auto stream = co_await acceptor.accept();
    const auto executor = stream->get_executor();
    asio::co_spawn(executor, serve_one(std::move(stream), broken), asio::detached);
  }
}

}  // namespace

int serve(fault broken) {
  asio::io_context context{1};
  websock::io::acceptor acceptor{context.get_executor(), {"127.0.0.1", 0, {}}};
  std::printf("listening on ws://%s/\n", acceptor.local().to_string().c_str());
  std::fflush(stdout);
  asio::co_spawn(context, serve_all(acceptor, broken), asio::detached);
  context.run();
  return 0;
}

}  // namespace broken
