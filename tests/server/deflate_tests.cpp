// Compression between a server and a client, from configuration to message.
#include "server/test_server.hpp"
#include "support/memory.hpp"
#include "websock/client/connect.hpp"

using namespace support;
namespace protocol = websock::protocol;

namespace {

websock::server_config compressing(const protocol::deflate_options& wanted = {}) {
  auto config = one_route();
  config.routes.front().session.permessage_deflate = wanted;
  return config;
}

task<websock::session> open_compressed(websock::io::endpoint where, const protocol::deflate_options& wanted) {
  websock::connect_options options;
  options.session.permessage_deflate = wanted;
  const std::string url = "ws://" + where.to_string() + "/ws";
  auto opened = co_await websock::connect(url, options);
  co_return opened;
}

task<void> echo_texts(websock::session& client) {
  for (const std::size_t size : std::initializer_list<std::size_t>{0, 5, 300, 70'000, 2'000'000}) {
    std::string text;
    while (text.size() < size) text += "item " + std::to_string(text.size()) + ", ";
    co_await client.send(text);
    const auto reply = co_await client.receive();
    REQUIRE(reply);
    CHECK(reply->text() == text);
  }
}

}  // namespace

TEST_CASE("both_ends_know_what_was_agreed_on") {
  protocol::deflate_options of_server;
  of_server.wanted.server_no_context_takeover = true;
  of_server.wanted.server_max_window_bits = 10;
  std::optional<protocol::deflate_parameters> agreed;
  event_count opened;
  const test_server served{[&](websock::session& session) -> task<void> {
                             agreed = session.permessage_deflate();
                             opened.add();
                             co_await echo(session);
                           },
                           compressing(of_server)};
  asio::io_context context;
  run(context, [](websock::io::endpoint where) -> task<void> {
    protocol::deflate_options wanted;
    wanted.wanted.client_max_window_bits = 8;
    auto client = co_await open_compressed(where, wanted);
    REQUIRE(client.permessage_deflate());
    CHECK(*client.permessage_deflate() == protocol::deflate_parameters{true, false, 10, 8});
    co_await echo_texts(client);
    co_await client.close();
    CHECK(client.was_clean());
  }(served.where()));
  REQUIRE(opened.wait_for(1));
  CHECK(agreed == protocol::deflate_parameters{true, false, 10, 8});
}

TEST_CASE("who_does_not_want_compression_gets_none") {
  asio::io_context context;
  const test_server plain;
  run(context, [](websock::io::endpoint where) -> task<void> {
    const protocol::deflate_options wanted;
    auto client = co_await open_compressed(where, wanted);
    CHECK_FALSE(client.permessage_deflate());
    co_await echo_texts(client);
  }(plain.where()));
  const test_server offering{echo, compressing()};
  run(context, [](websock::io::endpoint where) -> task<void> {
    auto client = co_await open_session(where);
    CHECK_FALSE(client.permessage_deflate());
    co_await echo_texts(client);
  }(offering.where()));
}

TEST_CASE("a_bomb_ends_its_session_and_no_other") {
  auto config = compressing();
  config.routes.front().session.limits.message = 1 << 20;
  const test_server served{echo, config};
  asio::io_context context;
  run(context, [](websock::io::endpoint where) -> task<void> {
    const protocol::deflate_options wanted;
    auto good = co_await open_compressed(where, wanted);
    auto attacker = co_await open_compressed(where, wanted);
    const std::string bomb(64 << 20, '\0');
    const websock::test::memory_growth growth;
    co_await attacker.send(bomb);
    const auto none = co_await attacker.receive();
    CHECK_FALSE(none);
    REQUIRE(attacker.peer_close());
    CHECK(attacker.peer_close()->code == websock::close_code::message_too_big);
    CHECK(growth.bytes() < 20 << 20);
    co_await good.send("still here");
    const auto reply = co_await good.receive();
    CHECK(reply);
  }(served.where()));
}

TEST_CASE("a_broadcast_from_another_thread_is_compressed_once") {
  std::mutex mutex;
  std::vector<websock::session_handle> handles;
  event_count opened;
  auto config = compressing();
  config.threads = 2;
  const test_server served{[&](websock::session& session) -> task<void> {
                             {
                               const std::lock_guard lock{mutex};
                               handles.push_back(session.handle());
                             }
                             opened.add();
                             co_await read_to_the_close(session);
                           },
                           config};
  constexpr std::size_t receivers = 100;
  asio::io_context context;
  std::vector<websock::session> clients;
  run(context, [](websock::io::endpoint where, std::vector<websock::session>& into) -> task<void> {
    const protocol::deflate_options wanted;
    for (std::size_t i = 0; i < receivers; ++i) {
      auto client = co_await open_compressed(where, wanted);
      into.push_back(std::move(client));
    }
  }(served.where(), clients));
  REQUIRE(opened.wait_for(receivers));
  const std::string news(10'000, 'n');
  const websock::prepared_message message{news};
  for (const auto& each : handles) CHECK(each.post_send(message));
  run(context, [](std::vector<websock::session>& all, std::string expected) -> task<void> {
    for (websock::session& each : all) {
      const auto received = co_await each.receive();
      REQUIRE(received);
      CHECK(received->text() == expected);
    }
  }(clients, news));
  CHECK(message.times_compressed() == 1);
}
