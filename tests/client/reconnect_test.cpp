// A client that comes back, against servers that go away.
#include <unistd.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <thread>

#include "client/raw_server.hpp"
#include "server/test_server.hpp"
#include "websock/client/reconnector.hpp"
#include "websock/io/timer.hpp"

using namespace support;
using namespace std::chrono_literals;
using websock::connect_options;
using websock::errc;
using websock::failed_attempt;
using websock::reconnect_policy;
using websock::reconnector;

namespace {

reconnect_policy quick() {
  reconnect_policy policy;
  policy.first_delay = 1ms;
  policy.maximum_delay = 5ms;
  return policy;
}

/// Waits for ever.
reconnect_policy slow() {
  reconnect_policy policy;
  policy.first_delay = policy.maximum_delay = 24h;
  return policy;
}

struct result {
  bool ended = false;
  bool has_session = false;
  std::error_code error;
};

task<void> next_of(reconnector& client, result& into) {
  try {
    auto session = co_await client.next();
    into.has_session = session.has_value();
  } catch (const std::system_error& error) {
    into.error = error.code();
  }
  into.ended = true;
}

result next_now(asio::io_context& context, reconnector& client) {
  result got;
  run(context, next_of(client, got));
  return got;
}

/// An address of the loopback of this process's own: another program that asks the system for a free
/// port of 127.0.0.1 does not get ours while no server of the test has it.
std::string own_address() {
  const int id = ::getpid();
  return "127." + std::to_string(1 + id / 65536 % 254) + "." + std::to_string(id / 256 % 256) + "." +
         std::to_string(1 + id % 254);
}

/// Serves sessions until all are lost and `client` is stopped; each is seen to work.
task<void> keep_talking(reconnector& client, event_count& sessions) {
  while (auto session = co_await client.next()) {
    try {
      co_await session->send("hello");
      while (auto message = co_await session->receive()) {
        if (message->text() == "hello") sessions.add();
      }
    } catch (const std::system_error&) {  // the server is gone
    }
  }
}

/// Refuses every attempt as long as `retry` says yes.
std::string dead_url(asio::io_context& context) {
  const raw_server gone{context, say_nothing()};
  return gone.url();
}

}  // namespace

TEST_CASE("a_client_comes_back_when_its_server_is_killed_again_and_again") {
  constexpr std::size_t rounds = 12;
  auto config = one_route();
  config.listeners.front().address = own_address();
  std::optional<test_server> served;
  served.emplace(echo, config);
  config.listeners.front().port = served->where().port;

  asio::io_context context;
  reconnector client{url_of(served->where(), "/ws"), {}, quick()};
  event_count sessions;
  bool ended = false;
  spawn(context, [](reconnector& from, event_count& count, bool& done) -> task<void> {
    co_await keep_talking(from, count);
    done = true;
  }(client, sessions, ended));
  std::thread thread{[&context] { context.run(); }};
  for (std::size_t round = 1; round <= rounds; ++round) {
    CHECK(sessions.wait_for(round));
    if (round % 2 == 0) {
      served->stop();
    } else {
      CHECK(served->drain(bound));
    }
    served.reset();
    if (round < rounds) served.emplace(echo, config);
  }
  asio::post(context, [&client] { client.stop(); });
  thread.join();
  CHECK(ended);
}

TEST_CASE("attempts go on until somebody answers, and each is told to the hook") {
  asio::io_context context;
  std::vector<std::size_t> counts;
  std::optional<raw_server> server;
  const std::string path = "/tmp/websock-reconnect-test-" + std::to_string(::getpid()) + ".sock";
  auto policy = quick();
  policy.retry = [&](const failed_attempt& failed) {
    counts.push_back(failed.count);
    CHECK(failed.error);
    CHECK(failed.code == std::errc::no_such_file_or_directory);
    if (failed.count == 3) server.emplace(context, open_echo, websock::io::endpoint{{}, 0, path});
    return true;
  };
  reconnector client{"ws+unix:" + path, {}, policy};
  CHECK(next_now(context, client).has_session);
  CHECK(counts == std::vector<std::size_t>{1, 2, 3});
}

TEST_CASE("a session that was lost at once counts as a failure, one that lived does not") {
  for (const bool stable : {false, true}) {
    CAPTURE(stable);
    asio::io_context context;
    std::vector<std::size_t> counts;
    auto policy = quick();
    policy.stable_after = stable ? 0ms : 1h;
    policy.retry = [&](const failed_attempt& failed) {
      counts.push_back(failed.count);
      return false;
    };
    std::optional<raw_server> server;
    server.emplace(context, open_echo);
    reconnector client{server->url(), {}, policy};
    for (int i = 0; i < 3; ++i) CHECK(next_now(context, client).has_session);
    server.reset();
    CHECK(next_now(context, client).error == std::errc::connection_refused);
    CHECK(counts == std::vector<std::size_t>{stable ? 2U : 4U});
  }
}

TEST_CASE("what is not to be tried again is thrown") {
  asio::io_context context;
  const raw_server server{context, say("HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n")};
  reconnector client{server.url(), {}, quick()};
  CHECK(next_now(context, client).error == errc::handshake_refused);
  CHECK(server.accepted() == 1);
  CHECK(next_now(context, client).error == errc::handshake_refused);  // and it is still of use
  CHECK(server.accepted() == 2);
}

TEST_CASE("an overloaded server is asked again") {
  asio::io_context context;
  int left = 3;
  const auto busy_at_first = [&left](websock::io::stream_ptr& stream,
                                     const websock::http::request& request) -> task<void> {
    const conversation talk =
        left-- > 0 ? say("HTTP/1.1 503 x\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n") : open_echo;
    co_await talk(stream, request);
  };
  const raw_server server{context, busy_at_first};
  reconnector client{server.url(), {}, quick()};  // whose cap goes before an hour
  CHECK(next_now(context, client).has_session);
  CHECK(server.accepted() == 4);
}

TEST_CASE("the hook may throw, and may stop the client") {
  asio::io_context context;
  std::optional<reconnector> client;
  auto policy = quick();
  policy.retry = [](const failed_attempt&) -> bool { throw std::system_error{errc::argument_invalid}; };
  client.emplace(dead_url(context), connect_options{}, policy);
  CHECK(next_now(context, *client).error == errc::argument_invalid);
  for (const bool retried : {false, true}) {
    policy.retry = [&client, retried](const failed_attempt&) {
      client->stop();
      return retried;
    };
    client.emplace(dead_url(context), connect_options{}, policy);
    const result got = next_now(context, *client);
    CHECK_FALSE(got.error);
    CHECK_FALSE(got.has_session);
  }
}

TEST_CASE("stop ends a next that waits or connects, and all to come") {
  asio::io_context context;
  const raw_server mute{context, say_nothing()};
  for (const bool connecting : {false, true}) {
    CAPTURE(connecting);
    reconnector client{connecting ? mute.url() : dead_url(context), {}, slow()};
    result got;
    spawn(context, next_of(client, got));
    if (connecting) {
      poll_until(context, [&mute] { return mute.open() == 1 && mute.requests().size() == 1; });
    } else {
      for (int i = 0; i < 20; ++i) context.poll(), context.restart();
    }
    CHECK_FALSE(got.ended);
    client.stop();
    client.stop();
    poll_until(context, [&got] { return got.ended; });
    CHECK_FALSE(got.error);
    CHECK_FALSE(got.has_session);
    CHECK_FALSE(next_now(context, client).has_session);
  }
  poll_until(context, [&mute] { return mute.open() == 0; });
}

TEST_CASE("a session that was handed out goes on after stop") {
  asio::io_context context;
  const raw_server server{context, open_echo};
  reconnector client{server.url(), {}, quick()};
  run(context, [](reconnector& from) -> task<void> {
    auto session = co_await from.next();
    REQUIRE(session);
    from.stop();
    co_await session->send("hello");
    const auto reply = co_await session->receive();
    CHECK(reply);
    co_await session->close();
    const auto none = co_await from.next();
    CHECK_FALSE(none);
  }(client));
}

TEST_CASE("a reconnector may be destroyed while next runs") {
  asio::io_context context;
  const raw_server mute{context, say_nothing()};
  for (const std::string& url : {mute.url(), dead_url(context)}) {
    std::optional<reconnector> client;
    client.emplace(url, connect_options{}, slow());
    result got;
    spawn(context, next_of(*client, got));
    for (int i = 0; i < 20; ++i) context.poll(), context.restart();
    CHECK_FALSE(got.ended);
    client.reset();
    poll_until(context, [&got] { return got.ended; });
    CHECK_FALSE(got.error);
    CHECK_FALSE(got.has_session);
  }
}

TEST_CASE("its context may end while next runs") {
  std::optional<asio::io_context> context;
  context.emplace();
  auto mute = std::make_unique<raw_server>(*context, say_nothing());
  reconnector waiting{dead_url(*context), {}, slow()};
  reconnector connecting{mute->url(), {}, slow()};
  result first;
  result second;
  spawn(*context, next_of(waiting, first));
  spawn(*context, next_of(connecting, second));
  poll_until(*context, [&mute] { return mute->requests().size() == 1; });
  mute.reset();
  context.reset();
  CHECK_FALSE(first.ended);
  waiting.stop();  // nobody is there to hear it
}

TEST_CASE("a cancelled next leaves the client usable") {
  asio::io_context context;
  int refusals = 1;
  const auto once = [&refusals](websock::io::stream_ptr& stream,
                                const websock::http::request& request) -> task<void> {
    const conversation talk = refusals-- > 0 ? say_nothing() : open_echo;
    co_await talk(stream, request);
  };
  const raw_server server{context, once};
  reconnector client{server.url(), {}, quick()};
  result got;
  asio::cancellation_signal cancel;
  asio::co_spawn(context, next_of(client, got), asio::bind_cancellation_slot(cancel.slot(), asio::detached));
  poll_until(context, [&server] { return server.requests().size() == 1; });
  cancel.emit(asio::cancellation_type::terminal);
  poll_until(context, [&got] { return got.ended; });
  CHECK(got.error == asio::error::operation_aborted);
  CHECK(next_now(context, client).has_session);
}

TEST_CASE("one next at a time") {
  asio::io_context context;
  const raw_server mute{context, say_nothing()};
  reconnector client{mute.url(), {}, quick()};
  result first;
  spawn(context, next_of(client, first));
  poll_until(context, [&mute] { return mute.requests().size() == 1; });
  CHECK(next_now(context, client).error == errc::busy);
  CHECK_FALSE(first.ended);
  client.stop();
  poll_until(context, [&first] { return first.ended; });
}

TEST_CASE("a policy that makes no sense is refused") {
  for (const auto& change : std::vector<void (*)(reconnect_policy&)>{
           [](auto& policy) { policy.first_delay = -1ms; }, [](auto& policy) { policy.factor = 0.5; },
           [](auto& policy) { policy.maximum_delay = policy.first_delay - 1ms; }}) {
    reconnect_policy policy;
    change(policy);
    CHECK_THROWS_AS((reconnector{"ws://h/", {}, policy}), std::system_error);
  }
}
