// What many connections may cost.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "server/admission.hpp"
#include "server/test_server.hpp"
#include "websock/io/timer.hpp"

using namespace support;
using namespace std::chrono_literals;
namespace http = websock::http;
using websock::close_code;

namespace {

std::size_t open_descriptors() {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{"/proc/self/fd"},
                                                std::filesystem::directory_iterator{}));
}

std::size_t resident_kilobytes() {
  std::ifstream status{"/proc/self/statm"};
  std::size_t total = 0;
  std::size_t resident = 0;
  status >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

/// The whole test under another soft limit of descriptors.
class descriptor_limit {
 public:
  explicit descriptor_limit(rlim_t wanted) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit lower{wanted, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &lower);
  }
  ~descriptor_limit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

task<void> echo_once(websock::session& client) {
  const std::string text = "hello";
  co_await client.send(text);
  const auto back = co_await client.receive();
  REQUIRE(back);
  CHECK(back->text() == text);
}

// Connects, and tells whether the server lets the connection live.
task<bool> is_let_in(websock::io::endpoint where) {
  auto client = co_await connect_http(where);
  const std::string request = "GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  try {
    co_await client.send(request);
  } catch (const std::system_error&) {  // the reset came first
    co_return false;
  }
  const std::string answer = co_await client.read_to_the_end();
  co_return !answer.empty();
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_sanitized = true;  // their bookkeeping grows with time
#else
constexpr bool is_sanitized = false;
#endif
#ifdef NDEBUG
constexpr int upgrades = is_sanitized ? 3'000 : 100'000;
#else
constexpr int upgrades = 3'000;  // a slow build: the same loop, shorter
#endif

}  // namespace

TEST_CASE("slow_handshakes_do_not_block_accept") {
  const test_server served;
  asio::io_context context;
  run(context, [](websock::io::endpoint where) -> task<void> {
    std::vector<http_client> slow;
    const std::string piece = "GET /ws HTTP/1.1\r\nHo";
    for (int i = 0; i < 200; ++i) {
      auto client = co_await connect_http(where);
      co_await client.send(piece);
      slow.push_back(std::move(client));
    }
    auto client = co_await open_session(where);
    co_await echo_once(client);
    co_await client.close();
    CHECK(client.was_clean());
  }(served.where()));
}

TEST_CASE("max_sessions_per_address") {
  auto config = one_route();
  config.connections.per_address = 2;
  const test_server served{echo, config};
  asio::io_context context;
  run(context, [](const test_server& server) -> task<void> {
    const auto where = server.where();
    auto first = co_await open_session(where);
    auto second = co_await open_session(where);
    const bool third = co_await is_let_in(where);
    CHECK_FALSE(third);
    co_await echo_once(first);
    co_await echo_once(second);
    // Who leaves makes room; the client sees its end before the server has counted it.
    co_await first.close();
    bool is_in = false;
    while (!is_in) is_in = co_await is_let_in(where);
    co_await echo_once(second);
    co_await second.close();
  }(served));
}

TEST_CASE("connections_are_limited_in_all_and_while_their_handshake_lasts") {
  auto config = one_route();
  config.connections.total = 3;
  config.connections.pending_handshakes = 2;
  const test_server served{echo, config};
  asio::io_context context;
  run(context, [](websock::io::endpoint where) -> task<void> {
    auto client = co_await open_session(where);  // is done with its handshake
    auto pending = co_await connect_http(where);
    auto too = co_await connect_http(where);
    const bool fourth = co_await is_let_in(where);
    CHECK_FALSE(fourth);
    co_await echo_once(client);
    co_await client.close();
  }(served.where()));
}

TEST_CASE("a_place_is_given_back_whatever_happens") {
  websock::admission gate;
  gate.set_limits({3, 2, 2});
  {
    auto first = gate.admit("a");
    auto second = gate.admit("a");
    REQUIRE(first);
    REQUIRE(second);
    CHECK_FALSE(gate.admit("b"));  // two are pending
    first->handshake_done();
    first->handshake_done();
    CHECK_FALSE(gate.admit("a"));  // two from there
    auto third = gate.admit("");
    CHECK(third);
    second->handshake_done();
    CHECK_FALSE(gate.admit("b"));  // three in all
  }
  for (int i = 0; i < 10; ++i) CHECK(gate.admit("a"));
  gate.set_limits({3, 0, 2});
  CHECK_FALSE(gate.admit("a"));
  CHECK(gate.admit(""));
}

TEST_CASE("out_of_file_descriptors_recovers") {
  const test_server served;
  asio::io_context context;
  auto first = std::make_unique<http_client>(nullptr);
  const auto where = served.where();
  run(context, [](websock::io::endpoint to, http_client& into) -> task<void> {
    into = co_await connect_http(to);
    const std::string request = "GET /none HTTP/1.1\r\nHost: x\r\n\r\n";
    const auto response = co_await into.ask(request);  // so it has been accepted
    CHECK(response.status == http::status::not_found);
    // The undefined behaviour sanitizer looks at objects of a type that is new to it through a pipe: this one is
    // the acceptor's when it pauses.
    co_await websock::io::sleep_for(1ms);
  }(where, *first));

  // The descriptors of this process are the server's, too: after the last one is taken a client
  // that has its socket already cannot be accepted.
  const descriptor_limit limit{open_descriptors() + 8};
  std::vector<int> hoard;
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(client >= 0);
  for (int fd = ::open("/dev/null", O_RDONLY); fd >= 0; fd = ::open("/dev/null", O_RDONLY))
    hoard.push_back(fd);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(where.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_connected =
      ::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const std::string request = "GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const bool is_sent =
      ::send(client, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size());

  // Who is inside is served as before. (Nothing is asserted meanwhile: the undefined behaviour
  // sanitizer looks at an object that is new to it through a pipe.)
  http::response response;
  run(context, [](http_client& inside, const std::string& text, http::response& into) -> task<void> {
    into = co_await inside.ask(text);
  }(*first, request, response));

  for (const int fd : hoard) ::close(fd);
  REQUIRE(is_connected);
  REQUIRE(is_sent);
  CHECK(response.status == http::status::not_found);
  timeval patience{30, 0};
  ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  char answer[12];
  CHECK(::recv(client, answer, sizeof answer, MSG_WAITALL) == sizeof answer);
  CHECK(std::string_view{answer, sizeof answer} == "HTTP/1.1 404");
  ::close(client);
}

// 100,000 in a release build, 3,000 in builds that are slow (Debug and the sanitizers, whose leak
// checker looks anyway). Each is a whole life: connect, handshake, one echo or none, close or loss.
TEST_CASE("leak_free_after_100k_upgrades") {
  const test_server served;
  asio::io_context context;
  const auto live_and_die = [&](int count) {
    run(context, [](websock::io::endpoint where, int times) -> task<void> {
      for (int i = 0; i < times; ++i) {
        auto client = co_await open_session(where);
        if (i % 16 == 0) co_await echo_once(client);
        if (i % 4 == 0) {
          client.abort();
        } else {
          co_await client.close();
        }
      }
    }(served.where(), count));
  };
  live_and_die(upgrades / 10);  // caches are filled
  const std::size_t descriptors = open_descriptors();
  const std::size_t memory = resident_kilobytes();
  live_and_die(upgrades);
  CHECK(open_descriptors() <= descriptors + 4);
  if (!is_sanitized) CHECK(resident_kilobytes() < memory + 4096);  // 40 bytes an upgrade would show
}

TEST_CASE("connections_of_one_64_share_their_limit") {
  websock::admission gate;
  gate.set_limits({10, 2, 10});
  const auto first = gate.admit("2001:db8::1");
  const auto second = gate.admit("2001:db8::2");
  REQUIRE(first);
  REQUIRE(second);
  CHECK_FALSE(gate.admit("2001:db8::3"));
  CHECK(gate.admit("2001:db8:0:1::3"));
}
