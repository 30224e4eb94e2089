// io::connect by name: which addresses are tried, when, and what is left behind.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/descriptors.hpp"
#include "support/run.hpp"
#include "support/spawn.hpp"
#include "websock/io/acceptor.hpp"
#include "websock/io/connect.hpp"
#include "websock/io/notifier.hpp"
#include "websock/io/timer.hpp"

using namespace websock;
using namespace std::chrono_literals;
using io::address_family;

namespace {

const char* loopback(address_family family) { return family == address_family::ipv6 ? "::1" : "127.0.0.1"; }

/// A socket that is bound to a port of its own.
class bound_socket {
 public:
  explicit bound_socket(address_family family)
      : family_{family}, fd_{::socket(native(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)} {
    where_.address = loopback(family);
    if (family == address_family::ipv6) {
      sockaddr_in6 address{};
      address.sin6_family = AF_INET6;
      address.sin6_addr = in6addr_loopback;
      where_.port = ntohs(bind_to(address).sin6_port);
    } else {
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      where_.port = ntohs(bind_to(address).sin_port);
    }
  }
  bound_socket(const bound_socket&) = delete;
  bound_socket& operator=(const bound_socket&) = delete;
  ~bound_socket() { ::close(fd_); }

  [[nodiscard]] const io::endpoint& where() const { return where_; }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] int native() const { return family_ == address_family::ipv6 ? AF_INET6 : AF_INET; }

 private:
  template <typename Address>
  Address bind_to(Address address) {
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    return address;
  }

  address_family family_;
  int fd_;
  io::endpoint where_;
};

/// Bound, and nobody listens: a connect is refused.
using refusing = bound_socket;

/// A connect neither succeeds nor fails: the backlog of one connection is full, so the system drops
/// what else comes.
class silent {
 public:
  explicit silent(address_family family) : listener_{family} {
    REQUIRE(::listen(listener_.fd(), 0) == 0);
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(listener_.fd(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    for (int& filler : fillers_) {
      filler = ::socket(listener_.native(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      ::connect(filler, reinterpret_cast<const sockaddr*>(&address), size);
    }
  }
  silent(const silent&) = delete;
  silent& operator=(const silent&) = delete;
  ~silent() {
    for (const int filler : fillers_) ::close(filler);
  }

  [[nodiscard]] const io::endpoint& where() const { return listener_.where(); }

 private:
  bound_socket listener_;
  std::array<int, 3> fillers_{};
};

/// A name server: what it answers for each family, and when.
struct names {
  explicit names(asio::io_context& context) : ipv6_released{context.get_executor()} {}

  task<std::vector<io::endpoint>> look_up(address_family family) {
    ++asked;
    if (family == address_family::ipv4) co_return ipv4;
    while (ipv6_is_held) {
      try {
        co_await ipv6_released.wait();
      } catch (...) {
        ipv6_was_cancelled = true;
        throw;
      }
    }
    co_return ipv6;
  }

  [[nodiscard]] io::connect_policy policy() {
    io::connect_policy result;
    result.attempt_delay = no_timeout;
    result.resolution_delay = no_timeout;
    result.lookup = [this](const std::string&, std::uint16_t, address_family family) {
      return look_up(family);
    };
    return result;
  }

  std::vector<io::endpoint> ipv6;
  std::vector<io::endpoint> ipv4;
  io::notifier ipv6_released;
  bool ipv6_is_held = false;
  bool ipv6_was_cancelled = false;
  int asked = 0;
};

task<void> store(task<io::stream_ptr> connecting, io::stream_ptr& into) {
  auto stream = co_await std::move(connecting);
  into = std::move(stream);
}

task<void> connect_into(io::stream_ptr& into, const io::connect_policy& policy) {
  return store(io::connect("name.test", 1, policy), into);
}

/// The address that the connection was made to.
std::string winner(asio::io_context& context, const io::connect_policy& policy) {
  io::stream_ptr stream;
  support::run(context, connect_into(stream, policy));
  return stream->remote_address();
}

/// A connect that is under way, and can be cancelled.
struct running_connect {
  running_connect(asio::io_context& context, const io::connect_policy& policy) {
    asio::co_spawn(context, support::store_error(connect_into(stream, policy), error, ended),
                   asio::bind_cancellation_slot(stop.slot(), asio::detached));
  }
  void cancel() { stop.emit(asio::cancellation_type::terminal); }

  asio::cancellation_signal stop;
  io::stream_ptr stream;
  std::error_code error;
  bool ended = false;
};

/// Both families have an address that answers nobody, or one that does.
struct fixture {
  asio::io_context context{1};
  io::acceptor ipv6{context.get_executor(), {"::1", 0, {}}};
  io::acceptor ipv4{context.get_executor(), {"127.0.0.1", 0, {}}};
  names dns{context};
};

}  // namespace

TEST_CASE_METHOD(fixture, "IPv6 is tried first") {
  dns.ipv6 = {ipv6.local()};
  dns.ipv4 = {ipv4.local()};
  CHECK(winner(context, dns.policy()) == "::1");
  CHECK(dns.asked == 2);
}

TEST_CASE_METHOD(fixture, "IPv4 addresses that come first wait for the IPv6 ones") {
  dns.ipv6 = {ipv6.local()};
  dns.ipv4 = {ipv4.local()};
  dns.ipv6_is_held = true;
  running_connect connecting{context, dns.policy()};
  context.poll();
  REQUIRE_FALSE(connecting.ended);
  dns.ipv6_is_held = false;
  dns.ipv6_released.notify_all();
  support::poll_until(context, [&] { return connecting.ended; });
  CHECK(connecting.stream->remote_address() == "::1");
}

TEST_CASE_METHOD(fixture, "IPv4 addresses wait no longer when the host has no IPv6 ones") {
  dns.ipv4 = {ipv4.local()};
  CHECK(winner(context, dns.policy()) == "127.0.0.1");
}

TEST_CASE_METHOD(fixture, "after the resolution delay IPv4 is used, and the other lookup cancelled") {
  dns.ipv4 = {ipv4.local()};
  dns.ipv6_is_held = true;
  auto policy = dns.policy();
  policy.resolution_delay = 1ms;
  CHECK(winner(context, policy) == "127.0.0.1");
  CHECK(dns.ipv6_was_cancelled);
}

TEST_CASE_METHOD(fixture, "a failed attempt is followed by the next one at once") {
  const refusing first{address_family::ipv6};
  const refusing second{address_family::ipv6};
  dns.ipv6 = {first.where(), second.where(), ipv6.local()};
  CHECK(winner(context, dns.policy()) == "::1");
}

TEST_CASE_METHOD(fixture, "the families take turns") {
  const refusing first{address_family::ipv6};
  dns.ipv6 = {first.where(), ipv6.local()};
  dns.ipv4 = {ipv4.local()};
  CHECK(winner(context, dns.policy()) == "127.0.0.1");
}

TEST_CASE_METHOD(fixture, "an attempt without an answer is overtaken by the next one, and dropped") {
  const silent first{address_family::ipv6};
  dns.ipv6 = {first.where()};
  dns.ipv4 = {ipv4.local()};
  auto policy = dns.policy();
  policy.attempt_delay = 1ms;
  const auto before = support::open_sockets();
  io::stream_ptr stream;
  support::run(context, connect_into(stream, policy));
  CHECK(stream->remote_address() == "127.0.0.1");
  CHECK(support::open_sockets() == before + 1);
}

TEST_CASE_METHOD(fixture, "addresses that come late join the others") {
  const silent first{address_family::ipv4};
  dns.ipv4 = {first.where()};
  dns.ipv6 = {ipv6.local()};
  dns.ipv6_is_held = true;
  auto policy = dns.policy();
  policy.resolution_delay = 0ms;
  policy.attempt_delay = 1ms;
  const auto before = support::open_sockets();
  running_connect connecting{context, policy};
  support::poll_until(context, [&] { return support::open_sockets() == before + 1; });
  REQUIRE_FALSE(connecting.ended);
  dns.ipv6_is_held = false;
  dns.ipv6_released.notify_all();
  support::poll_until(context, [&] { return connecting.ended; });
  CHECK(connecting.stream->remote_address() == "::1");
}

TEST_CASE_METHOD(fixture, "addresses that come when all others have failed are tried at once") {
  const refusing first{address_family::ipv4};
  dns.ipv4 = {first.where()};
  dns.ipv6 = {ipv6.local()};
  dns.ipv6_is_held = true;
  auto policy = dns.policy();
  policy.resolution_delay = 0ms;
  running_connect connecting{context, policy};
  context.poll();
  REQUIRE_FALSE(connecting.ended);
  dns.ipv6_is_held = false;
  dns.ipv6_released.notify_all();
  support::poll_until(context, [&] { return connecting.ended; });
  CHECK(connecting.stream->remote_address() == "::1");
}

TEST_CASE_METHOD(fixture, "when all attempts fail the last one's endpoint is named") {
  const refusing first{address_family::ipv6};
  const refusing second{address_family::ipv4};
  dns.ipv6 = {first.where()};
  dns.ipv4 = {second.where()};
  CHECK_THROWS_WITH(winner(context, dns.policy()),
                    Catch::Contains(second.where().to_string()) && Catch::Contains("refused"));
}

TEST_CASE_METHOD(fixture, "a host without addresses is not found") {
  CHECK_THROWS_WITH(winner(context, dns.policy()),
                    Catch::Contains("cannot resolve name.test: Host not found"));
}

TEST_CASE_METHOD(fixture, "one family's lookup may fail when the other has an address") {
  for (const address_family broken : {address_family::ipv6, address_family::ipv4}) {
    auto policy = dns.policy();
    policy.lookup = [&](const std::string&, std::uint16_t,
                        address_family family) -> task<std::vector<io::endpoint>> {
      if (family == broken) throw std::system_error{asio::error::no_data};
      co_return std::vector<io::endpoint>(1, family == address_family::ipv6 ? ipv6.local() : ipv4.local());
    };
    CHECK(winner(context, policy) == (broken == address_family::ipv6 ? "127.0.0.1" : "::1"));
  }
}

TEST_CASE_METHOD(fixture, "of two failed lookups the one that may do better another time is reported") {
  for (const address_family broken : {address_family::ipv6, address_family::ipv4}) {
    auto policy = dns.policy();
    policy.lookup = [&](const std::string&, std::uint16_t,
                        address_family family) -> task<std::vector<io::endpoint>> {
      const auto failure =
          family == broken ? asio::error::host_not_found_try_again : asio::error::host_not_found;
      throw std::system_error{failure, "lookup"};
      co_return std::vector<io::endpoint>{};
    };
    io::stream_ptr stream;
    std::error_code error;
    bool ended = false;
    support::run(context, support::store_error(connect_into(stream, policy), error, ended));
    CHECK(error == asio::error::host_not_found_try_again);
  }
}

TEST_CASE_METHOD(fixture, "an IP literal is not looked up") {
  const auto policy = dns.policy();
  for (const io::acceptor* const listener : {&ipv6, &ipv4}) {
    io::stream_ptr stream;
    support::run(context,
                 store(io::connect(listener->local().address, listener->local().port, policy), stream));
    CHECK(stream->remote_endpoint() == listener->local().to_string());
  }
  CHECK(dns.asked == 0);
}

TEST_CASE_METHOD(fixture, "the policy may go away once connect has returned its task") {
  dns.ipv4 = {ipv4.local()};
  std::optional<io::connect_policy> policy{dns.policy()};
  io::stream_ptr stream;
  task<void> connecting = connect_into(stream, *policy);
  policy.reset();
  support::run(context, std::move(connecting));
  CHECK(stream->remote_address() == "127.0.0.1");
}

TEST_CASE_METHOD(fixture, "a cancelled connect leaves nothing behind, whatever it was at") {
  const silent unanswering6{address_family::ipv6};
  const silent unanswering4{address_family::ipv4};
  auto policy = dns.policy();
  std::size_t attempts = 0;
  SECTION("the lookup") { dns.ipv6_is_held = true; }
  SECTION("the resolution delay") {
    dns.ipv6_is_held = true;
    dns.ipv4 = {ipv4.local()};
  }
  SECTION("the first attempt") {
    dns.ipv6 = {unanswering6.where()};
    dns.ipv4 = {ipv4.local()};
    attempts = 1;
  }
  SECTION("several attempts") {
    policy.attempt_delay = 1ms;
    dns.ipv6 = {unanswering6.where(), unanswering6.where()};
    dns.ipv4 = {unanswering4.where()};
    attempts = 3;
  }
  const auto before = support::open_sockets();
  running_connect connecting{context, policy};
  context.poll();
  support::poll_until(context, [&] { return support::open_sockets() == before + attempts; });
  REQUIRE_FALSE(connecting.ended);
  connecting.cancel();
  support::poll_until(context, [&] { return connecting.ended; });
  CHECK(connecting.error == asio::error::operation_aborted);
  CHECK(connecting.stream == nullptr);
  CHECK(support::open_sockets() == before);
  CHECK(dns.ipv6_was_cancelled == dns.ipv6_is_held);
  context.restart();
  context.poll();
  CHECK(context.stopped());  // there is no work left
}

namespace {

/// A connect with every kind of attempt, and all that it needs.
struct scene {
  scene() {
    dns.ipv6 = {first.where()};
    dns.ipv4 = {second.where(), listener->local()};
    policy.attempt_delay = 0ms;
    connecting.emplace(*context, policy);
  }

  /// False: the connect has ended before.
  bool run(int turns) {
    for (int turn = 0; turn < turns && !connecting->ended; ++turn) context->run_one_for(support::bound);
    return !connecting->ended;
  }

  silent first{address_family::ipv6};
  refusing second{address_family::ipv4};
  std::optional<running_connect> connecting;  // its signal outlives what waits for it
  std::optional<asio::io_context> context{std::in_place, 1};
  names dns{*context};
  io::connect_policy policy = dns.policy();
  std::optional<io::acceptor> listener{std::in_place, context->get_executor(),
                                       io::endpoint{"127.0.0.1", 0, {}}};
};

}  // namespace

TEST_CASE("a connect that is cancelled after any turn ends, and leaves nothing behind") {
  const auto before = support::open_sockets();
  bool runs = true;
  for (int turns = 1; runs; ++turns) {
    scene here;
    runs = here.run(turns);
    here.connecting->cancel();
    support::poll_until(*here.context, [&] { return here.connecting->ended; });
    CHECK((here.connecting->stream != nullptr) == !here.connecting->error);
    if (here.connecting->error) CHECK(here.connecting->error == asio::error::operation_aborted);
    here.context->restart();
    here.context->poll();
    CHECK(here.context->stopped());
    here.connecting->stream.reset();
  }
  CHECK(support::open_sockets() == before);
}

TEST_CASE("a context may be destroyed after any turn of a connect") {
  const auto before = support::open_sockets();
  bool runs = true;
  for (int turns = 1; runs; ++turns) {
    scene here;
    runs = here.run(turns);
    here.listener.reset();
    here.connecting->stream.reset();
    here.context.reset();
  }
  CHECK(support::open_sockets() == before);
}
