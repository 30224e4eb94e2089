#include "websock/io/acceptor.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <cstring>
#include <filesystem>
#include <string>

#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/spawn.hpp"
#include "websock/io/connect.hpp"

using namespace websock;

namespace {

std::string socket_path(const std::string& name) {
  return (std::filesystem::temp_directory_path() / (name + std::to_string(::getpid()) + ".sock")).string();
}

task<void> accept_one(io::acceptor& listener, io::stream_ptr& into) { into = co_await listener.accept(); }
task<void> connect_one(io::endpoint where, io::stream_ptr& into) { into = co_await io::connect(where); }

// The stream ends without an octet: `error` is left as it is, or is what reading throws.
task<void> read_to_error(io::byte_stream& stream, std::error_code& error) {
  std::array<std::byte, 1> octet{};
  try {
    const std::size_t count = co_await stream.read_some(octet);
    CHECK(count == 0);
  } catch (const std::system_error& thrown) {
    error = thrown.code();
  }
}

}  // namespace

TEST_CASE("port 0 is a port of the system's choice") {
  asio::io_context context{1};
  const io::acceptor listener{context.get_executor(), {"127.0.0.1", 0, {}}};
  CHECK(listener.local().port != 0);
  CHECK(listener.local().to_string() == "127.0.0.1:" + std::to_string(listener.local().port));
}

TEST_CASE("an address in use is named in the error") {
  asio::io_context context{1};
  const io::acceptor first{context.get_executor(), {"127.0.0.1", 0, {}}};
  const auto twice = [&] { const io::acceptor second{context.get_executor(), first.local()}; };
  CHECK_THROWS_WITH(twice(), Catch::Contains(first.local().to_string()) && Catch::Contains("in use"));
}

TEST_CASE("what is no address is said to be none") {
  asio::io_context context{1};
  const auto listen = [&] { const io::acceptor none{context.get_executor(), {"localhost", 0, {}}}; };
  CHECK_THROWS_WITH(listen(), Catch::Contains("\"localhost\" is no IPv4 or IPv6 address"));
}

TEST_CASE("two acceptors share one port") {
  asio::io_context context{1};
  const io::listen_options shared{.reuse_port = true};
  io::acceptor first{context.get_executor(), {"127.0.0.1", 0, {}}, shared};
  io::acceptor second{context.get_executor(), first.local(), shared};
  int accepted = 0;
  const auto serve = [](io::acceptor& listener, int& count) -> task<void> {
    while (true) {
      const io::stream_ptr stream = co_await listener.accept();
      ++count;
    }
  };
  support::spawn(context, serve(first, accepted));
  support::spawn(context, serve(second, accepted));
  std::vector<io::stream_ptr> clients(20);
  for (auto& client : clients) support::spawn(context, connect_one(first.local(), client));
  support::poll_until(context, [&] { return accepted == 20; });
}

TEST_CASE("several connections that come at once are all accepted") {
  asio::io_context context{1};
  io::acceptor listener{context.get_executor(), {"127.0.0.1", 0, {}}};
  std::vector<io::stream_ptr> clients(5);
  for (auto& client : clients) support::spawn(context, connect_one(listener.local(), client));
  support::poll_until(context, [&] { return clients.back() != nullptr; });
  for (int i = 0; i < 5; ++i) {
    io::stream_ptr server;
    support::run(context, accept_one(listener, server));
    CHECK(server != nullptr);
  }
}

TEST_CASE("a cancelled accept loses no connection") {
  asio::io_context context{1};
  io::acceptor listener{context.get_executor(), {"127.0.0.1", 0, {}}};
  asio::cancellation_signal cancel;
  std::error_code error;
  bool ended = false;
  io::stream_ptr server;
  asio::co_spawn(context, support::store_error(accept_one(listener, server), error, ended),
                 asio::bind_cancellation_slot(cancel.slot(), asio::detached));
  context.poll();
  cancel.emit(asio::cancellation_type::terminal);
  support::poll_until(context, [&] { return ended; });
  CHECK(error == asio::error::operation_aborted);

  io::stream_ptr client;
  support::spawn(context, connect_one(listener.local(), client));
  support::run(context, accept_one(listener, server));
  CHECK(server != nullptr);
}

TEST_CASE("a Unix socket that nobody answers is taken over, one that lives is not") {
  asio::io_context context{1};
  const std::string path = socket_path("websock-stale-");
  // What a process that was killed leaves behind: the name of a socket that is closed.
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(dead);
  REQUIRE(std::filesystem::exists(path));
  {
    const io::acceptor first{context.get_executor(), {{}, 0, path}};
    const auto twice = [&] { const io::acceptor second{context.get_executor(), {{}, 0, path}}; };
    CHECK_THROWS_WITH(twice(), Catch::Contains("unix:" + path));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("connecting where nobody listens names the endpoint") {
  asio::io_context context{1};
  io::endpoint nobody;
  {
    const io::acceptor gone{context.get_executor(), {"127.0.0.1", 0, {}}};
    nobody = gone.local();
  }
  io::stream_ptr stream;
  CHECK_THROWS_WITH(support::run(context, connect_one(nobody, stream)), Catch::Contains(nobody.to_string()));
}

TEST_CASE("a host name is resolved and connected to") {
  asio::io_context context{1};
  io::acceptor listener{context.get_executor(), {"127.0.0.1", 0, {}}};
  support::run(context, [](std::uint16_t port) -> task<void> {
    const io::stream_ptr stream = co_await io::connect("localhost", port);
    CHECK(stream->is_open());
  }(listener.local().port));
}

TEST_CASE("a reset is told to the peer as one, a close as the end") {
  asio::io_context context{1};
  io::acceptor listener{context.get_executor(), {"127.0.0.1", 0, {}}};
  for (const bool resets : {true, false}) {
    io::stream_ptr ours;
    io::stream_ptr theirs;
    support::spawn(context, connect_one(listener.local(), ours));
    support::spawn(context, accept_one(listener, theirs));
    context.run();
    context.restart();
    if (resets) {
      ours->reset();
    } else {
      ours->close();
    }
    CHECK_FALSE(ours->is_open());
    std::error_code error;
    support::spawn(context, read_to_error(*theirs, error));
    context.run();
    context.restart();
    CHECK((error == std::errc::connection_reset) == resets);
    CHECK(static_cast<bool>(error) == resets);
  }
}
