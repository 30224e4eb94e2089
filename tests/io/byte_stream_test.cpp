#include "websock/io/byte_stream.hpp"

#include <unistd.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/spawn.hpp"
#include "support/tls_pair.hpp"
#include "websock/io/acceptor.hpp"
#include "websock/io/connect.hpp"
#include "websock/io/memory_pair.hpp"

using namespace websock;

namespace {

struct stream_pair {
  io::stream_ptr left;
  io::stream_ptr right;
};

io::endpoint unix_endpoint() {
  const auto folder = std::filesystem::temp_directory_path();
  return {{}, 0, (folder / ("websock-io-" + std::to_string(::getpid()) + ".sock")).string()};
}

task<void> connect_to(io::endpoint where, io::stream_ptr& into) { into = co_await io::connect(where); }

stream_pair connected(asio::io_context& context, const io::endpoint& where) {
  io::acceptor listener{context.get_executor(), where};
  stream_pair both;
  support::spawn(context, connect_to(listener.local(), both.right));
  support::run(context, [](io::acceptor& from, io::stream_ptr& into) -> task<void> {
    into = co_await from.accept();
  }(listener, both.left));
  support::poll_until(context, [&] { return both.right != nullptr; });
  return both;
}

stream_pair in_memory(asio::io_context& context) {
  auto [left, right] = io::memory_pair(context.get_executor(), 1000);
  return {std::move(left), std::move(right)};
}

stream_pair in_tls(asio::io_context& context, stream_pair inner) {
  auto both = support::shake_hands(context, std::move(inner.left), std::move(inner.right));
  // The server's tickets (RFC 8446 section 4.6.1) come before its first byte: no bytes for the reader,
  // but something to read.
  support::run(context, [](io::byte_stream& server, io::byte_stream& client) -> task<void> {
    co_await server.write("x");
    std::array<std::byte, 1> first;
    co_await client.read_exactly(first);
  }(*both.server.stream, *both.client.stream));
  return {std::move(both.server.stream), std::move(both.client.stream)};
}

// Every kind of stream keeps the same promises.
struct kind {
  const char* name;
  std::function<stream_pair(asio::io_context&)> make;
};

const std::vector<kind>& kinds() {
  static const std::vector<kind> all{
      {"TCP over IPv4", [](asio::io_context& context) { return connected(context, {"127.0.0.1", 0, {}}); }},
      {"TCP over IPv6", [](asio::io_context& context) { return connected(context, {"::1", 0, {}}); }},
      {"a Unix socket", [](asio::io_context& context) { return connected(context, unix_endpoint()); }},
      {"memory", in_memory},
      {"TLS over TCP",
       [](asio::io_context& context) { return in_tls(context, connected(context, {"127.0.0.1", 0, {}})); }},
      {"TLS in memory", [](asio::io_context& context) { return in_tls(context, in_memory(context)); }},
  };
  return all;
}

task<std::string> read_all(io::byte_stream& from) {
  std::string result;
  std::array<std::byte, 777> part;
  while (true) {
    const std::size_t count = co_await from.read_some(part);
    if (count == 0) co_return result;
    result.append(as_text(bytes_view{part}.first(count)));
  }
}

task<void> write_and_end(io::byte_stream& to, std::string text) {
  co_await to.write(text);
  to.shutdown_send();
}

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 + i / 253);
  return text;
}

}  // namespace

TEST_CASE("more than a stream can hold arrives whole, and then its end") {
  for (const kind& one : kinds()) {
    INFO(one.name);
    asio::io_context context{1};
    const stream_pair both = one.make(context);
    const std::string sent = pattern(8 << 20);
    std::string received;
    support::spawn(context, write_and_end(*both.left, sent));
    support::run(context, [](io::byte_stream& from, std::string& into) -> task<void> {
      into = co_await read_all(from);
    }(*both.right, received));
    CHECK(received == sent);
  }
}

TEST_CASE("after the peer's end our side can still be written") {
  for (const kind& one : kinds()) {
    INFO(one.name);
    asio::io_context context{1};
    const stream_pair both = one.make(context);
    both.left->shutdown_send();
    support::run(context, [](io::byte_stream& left, io::byte_stream& right) -> task<void> {
      const std::string nothing = co_await read_all(right);
      CHECK(nothing.empty());
      co_await write_and_end(right, "answer");
      const std::string answer = co_await read_all(left);
      CHECK(answer == "answer");
    }(*both.left, *both.right));
  }
}

TEST_CASE("read_exactly says when the stream ends too early") {
  asio::io_context context{1};
  const stream_pair both = in_memory(context);
  support::spawn(context, write_and_end(*both.left, "1234567"));
  support::run(context, [](io::byte_stream& from) -> task<void> {
    std::array<std::byte, 4> four;
    co_await from.read_exactly(four);
    CHECK(as_text(four) == "1234");
    const auto error = co_await support::error_of(from.read_exactly(four));
    CHECK(error == asio::error::eof);
  }(*both.right));
}

TEST_CASE("a cancelled read has taken nothing") {
  for (const kind& one : kinds()) {
    INFO(one.name);
    asio::io_context context{1};
    const stream_pair both = one.make(context);
    asio::cancellation_signal cancel;
    std::error_code error;
    bool ended = false;
    std::array<std::byte, 16> into;
    const auto waits = [](io::byte_stream& from, mutable_bytes to) -> task<void> {
      co_await from.read_some(to);
    };
    asio::co_spawn(context, support::store_error(waits(*both.right, into), error, ended),
                   asio::bind_cancellation_slot(cancel.slot(), asio::detached));
    context.restart();
    context.poll();
    REQUIRE_FALSE(ended);
    cancel.emit(asio::cancellation_type::terminal);
    support::poll_until(context, [&] { return ended; });
    CHECK(error == asio::error::operation_aborted);

    support::spawn(context, write_and_end(*both.left, "kept"));
    support::run(context, [](io::byte_stream& from) -> task<void> {
      const std::string text = co_await read_all(from);
      CHECK(text == "kept");
    }(*both.right));
  }
}

TEST_CASE("closing a stream wakes who waits on it") {
  for (const kind& one : kinds()) {
    INFO(one.name);
    asio::io_context context{1};
    const stream_pair both = one.make(context);
    std::error_code error;
    bool ended = false;
    support::spawn(context, support::store_error(both.right->wait(io::direction::read), error, ended));
    context.restart();
    context.poll();
    REQUIRE_FALSE(ended);
    both.right->close();
    support::poll_until(context, [&] { return ended; });
    CHECK(error == asio::error::operation_aborted);
    CHECK_FALSE(both.right->is_open());
  }
}

TEST_CASE("a second wait in one direction is refused") {
  for (const kind& one : kinds()) {
    INFO(one.name);
    asio::io_context context{1};
    const stream_pair both = one.make(context);
    std::error_code first;
    std::error_code second;
    bool first_ended = false;
    bool second_ended = false;
    support::spawn(context, support::store_error(both.right->wait(io::direction::read), first, first_ended));
    support::spawn(context,
                   support::store_error(both.right->wait(io::direction::read), second, second_ended));
    support::poll_until(context, [&] { return second_ended; });
    CHECK(second == asio::error::already_started);
    CHECK_FALSE(first_ended);
  }
}

TEST_CASE("a context that is destroyed frees what waits in it") {
  for (const kind& one : kinds()) {
    INFO(one.name);
    bool freed = false;
    {
      asio::io_context context{1};
      stream_pair both = one.make(context);
      const std::shared_ptr<void> witness{nullptr, [&](void*) { freed = true; }};
      // The frame owns the stream on which it waits, as that of a server's connection does.
      support::spawn(context, [](stream_pair mine, std::shared_ptr<void>) -> task<void> {
        co_await mine.right->wait(io::direction::read);
      }(std::move(both), witness));
      context.restart();
      context.poll();
    }
    CHECK(freed);
  }
}

TEST_CASE("a stream tells its peer's address") {
  asio::io_context context{1};
  const stream_pair v4 = connected(context, {"127.0.0.1", 0, {}});
  CHECK(v4.left->remote_address() == "127.0.0.1");
  CHECK(v4.left->remote_endpoint().starts_with("127.0.0.1:"));
  const stream_pair v6 = connected(context, {"::1", 0, {}});
  CHECK(v6.left->remote_endpoint().starts_with("[::1]:"));
  const stream_pair local = connected(context, unix_endpoint());
  CHECK(local.left->remote_address().empty());
  CHECK(local.left->remote_endpoint() == "unix");
}
