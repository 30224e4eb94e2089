// Listeners inside TLS, and certificates that change while they serve.
#include <filesystem>
#include <fstream>
#include <future>
#include <vector>

#include "server/live_tls.hpp"
#include "server/scratch_folder.hpp"
#include "server/test_server.hpp"
#include "support/certificates.hpp"
#include "support/spawn.hpp"
#include "websock/client/connect.hpp"
#include "websock/io/memory_pair.hpp"
#include "websock/io/task_group.hpp"

using namespace support;
using namespace std::chrono_literals;
namespace http = websock::http;
namespace io = websock::io;
namespace fs = std::filesystem;

namespace {

websock::server_config tls_config(io::tls_key_pair identity) {
  auto config = one_route();
  config.listeners.front().tls.emplace().identities.push_back(std::move(identity));
  return config;
}

websock::server_config tls_config(std::string_view pair = "server") {
  return tls_config(certificates::shared().pair(pair));
}

websock::connect_options trusting() {
  websock::connect_options options;
  options.tls.ca_file = certificates::shared().file("ca.pem");
  return options;
}

std::string url_of(const test_server& served, const std::string& target = "/ws") {
  return "wss://localhost:" + std::to_string(served.where().port) + target;
}

task<websock::session> open_secure(const test_server& served) {
  const std::string url = url_of(served);
  const auto options = trusting();
  auto opened = co_await websock::connect(url, options);
  co_return opened;
}

task<http_client> connect_https(const test_server& served) {
  const auto where = served.where();
  auto stream = co_await io::connect(where);
  const io::tls_context context{trusting().tls};
  auto secured = co_await io::connect_tls(std::move(stream), context, "localhost");
  co_return http_client{std::move(secured)};
}

task<void> echo_text(websock::session& client, std::string text) {
  co_await client.send(text);
  const auto answer = co_await client.receive();
  REQUIRE(answer);
  CHECK(answer->text() == text);
}

void overwrite(const fs::path& to, const std::string& from) {
  std::ifstream source{from, std::ios::binary};
  std::ofstream target{to, std::ios::binary | std::ios::trunc};
  target << source.rdbuf();
}

// A pair of files of its own, which a test may change.
struct own_pair {
  own_pair() { become("server"); }
  void become(const std::string& pair) const {
    become_certificate(pair);
    overwrite(files.key_file, certificates::shared().pair(pair).key_file);
  }
  void become_certificate(const std::string& pair) const {
    overwrite(files.certificate_file, certificates::shared().pair(pair).certificate_file);
  }

  scratch_folder folder;
  io::tls_key_pair files{(folder.path() / "x.pem").string(), (folder.path() / "x.key").string()};
};

}  // namespace

TEST_CASE("a_session_inside_tls_is_a_session") {
  const test_server served{echo, tls_config()};
  asio::io_context context;
  run(context, [](const test_server& server) -> task<void> {
    auto client = co_await open_secure(server);
    REQUIRE(client.tls() != nullptr);
    CHECK(client.tls()->version == "TLSv1.3");
    CHECK(client.tls()->peer_subject == "CN=localhost");
    for (const std::size_t size :
         std::initializer_list<std::size_t>{0, 1, 125, 126, 65535, 65536, 3'000'000}) {
      co_await echo_text(client, std::string(size, 'x'));
    }
    co_await client.close(websock::close_code::normal_closure, "bye");
    CHECK(client.was_clean());
    REQUIRE(client.peer_close());
    CHECK(client.peer_close()->reason == "bye");
  }(served));
}

TEST_CASE("plain_http_and_tls_do_not_mix") {
  websock::server_config config = tls_config();
  websock::route_config page;
  page.path = "/page";
  page.handler = "page";
  config.routes.push_back(page);
  websock::server served{config};
  served.handle("ws", echo);
  served.handle_http("page", [](const websock::http_context& context) -> task<http::response> {
    http::response response;
    response.body = context.tls == nullptr ? "plain" : context.tls->version;
    co_return response;
  });
  served.start();
  asio::io_context context;
  const auto where = served.endpoints().at(0);
  run(context, [](websock::io::endpoint to) -> task<void> {
    auto plain = co_await connect_http(to);
    co_await plain.send("GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const std::string answer = co_await plain.read_to_the_end();
    CHECK(answer.find("HTTP") == std::string::npos);  // an alert, at most

    auto stream = co_await io::connect(to);
    const io::tls_context trust{trusting().tls};
    auto secured = co_await io::connect_tls(std::move(stream), trust, "localhost");
    http_client client{std::move(secured)};
    for (int i = 0; i < 2; ++i) {
      const auto response = co_await client.ask("GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n");
      CHECK(response.body == "TLSv1.3");
    }
  }(where));
}

TEST_CASE("handlers_and_hooks_see_the_clients_certificate") {
  auto config = tls_config();
  config.listeners[0].tls->clients = io::client_certificate::optional;
  config.listeners[0].tls->client_ca_file = certificates::shared().file("ca.pem");
  websock::server served{config};
  served.handle("ws", [](websock::session& session) -> task<void> {
    const std::string subject = session.tls()->peer_subject;
    co_await session.send(subject);
  });
  served.on_upgrade("ws", [](const websock::http_context& request) -> task<std::optional<http::response>> {
    if (request.tls->peer_subject == "CN=alice,O=Example") co_return std::nullopt;
    http::response refusal;
    refusal.status = http::status::forbidden;
    co_return refusal;
  });
  served.start();
  asio::io_context context;
  const std::string url = "wss://localhost:" + std::to_string(served.endpoints().at(0).port) + "/ws";
  run(context, [](std::string to) -> task<void> {
    auto options = trusting();
    const auto refused =
        co_await error_of([](std::string where, websock::connect_options with) -> task<void> {
          const auto none = co_await websock::connect(where, with);
        }(to, options));
    CHECK(refused == websock::errc::handshake_refused);

    options.tls.identity = certificates::shared().pair("client");
    auto client = co_await websock::connect(to, options);
    const auto subject = co_await client.receive();
    REQUIRE(subject);
    CHECK(subject->text() == "CN=alice,O=Example");
  }(url));
}

TEST_CASE("a_silent_client_does_not_hold_a_tls_listener") {
  auto config = tls_config();
  config.handshake_timeout = 50ms;
  const test_server served{echo, config};
  asio::io_context context;
  run(context, [](const test_server& server) -> task<void> {
    std::vector<http_client> silent;
    for (int i = 0; i < 50; ++i) {
      const auto where = server.where();
      auto client = co_await connect_http(where);
      silent.push_back(std::move(client));
    }
    auto client = co_await open_secure(server);
    co_await echo_text(client, "hello");
    for (http_client& each : silent) {
      const std::string nothing = co_await each.read_to_the_end();
      CHECK(nothing.empty());
    }
  }(served));
}

TEST_CASE("a_drain_ends_tls_sessions_with_1001_and_their_streams_with_close_notify") {
  test_server served{echo, tls_config()};
  asio::io_context context;
  std::optional<websock::session> client;
  std::optional<http_client> idle;
  run(context, [](const test_server& server, auto& into, auto& plain) -> task<void> {
    into.emplace(co_await open_secure(server));
    co_await echo_text(*into, "hello");
    plain.emplace(co_await connect_https(server));
    // Now the server, too, is done with the handshake.
    const auto nothing = co_await plain->ask("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(nothing.status == http::status::not_found);
  }(served, client, idle));
  const auto draining = std::async(std::launch::async, [&served] { served.drain(bound); });  // joins
  run(context, [](websock::session& session, io::byte_stream& http) -> task<void> {
    const auto end = co_await session.receive();
    CHECK_FALSE(end);
    REQUIRE(session.peer_close());
    CHECK(session.peer_close()->code == websock::close_code::going_away);
    co_await session.close();
    std::array<std::byte, 16> part;
    const std::size_t count = co_await http.read_some(part);  // would throw for a truncated stream
    CHECK(count == 0);
  }(*client, idle->stream()));
}

TEST_CASE("a_tls_stream_that_is_cut_is_an_abnormal_close") {
  event_count ended;
  std::error_code error;
  const test_server served{[&](websock::session& session) -> task<void> {
                             try {
                               co_await read_to_the_close(session);
                             } catch (const std::system_error& thrown) {
                               error = thrown.code();
                             }
                             ended.add();
                           },
                           tls_config()};
  asio::io_context context;
  run(context, [](const test_server& server) -> task<void> {
    const auto where = server.where();
    auto stream = co_await io::connect(where);
    // What is between the two ends is cut, not ended by them.
    auto [near, far] = io::memory_pair(stream->get_executor());
    io::byte_stream& outside = *stream;
    io::byte_stream& inside = *far;
    const auto pump = [](io::byte_stream& from, io::byte_stream& to) -> task<void> {
      std::array<std::byte, 4096> part;
      while (true) {
        const std::size_t count = co_await from.read_some(part);
        if (count == 0) co_return;
        co_await to.write(websock::bytes_view{part}.first(count));
      }
    };
    io::task_group pumps{stream->get_executor()};
    pumps.spawn(pump(outside, inside));
    pumps.spawn(pump(inside, outside));
    const io::tls_context trust{trusting().tls};
    auto secured = co_await io::connect_tls(std::move(near), trust, "localhost");
    http_client client{std::move(secured)};
    const auto answer = co_await ask_for_session(client, "/ws");
    CHECK(answer.status == http::status::switching_protocols);
    pumps.cancel();
    co_await pumps.join();
    outside.close();
  }(served));
  REQUIRE(ended.wait_for(1));
  CHECK(error == websock::errc::tls_truncated);
  CHECK(error == websock::condition::disconnected);
}

// --- Certificates that change --------------------------------------------------------------------

namespace {

task<std::string> subject_now(const test_server& served) {
  auto client = co_await open_secure(served);
  co_await echo_text(client, "hello");
  std::string subject = client.tls()->peer_subject;
  co_await client.close();
  co_return subject;
}

// Whom a client meets who connects now.
std::string subject_of(const websock::live_tls& certificates) {
  asio::io_context context;
  auto [left, right] = io::memory_pair(context.get_executor());
  std::string subject;
  spawn(context, [](io::stream_ptr stream, io::tls_context with) -> task<void> {
    const auto secured = co_await io::accept_tls(std::move(stream), with);
  }(std::move(left), *certificates.current()));
  run(context, [](io::stream_ptr stream, std::string& into) -> task<void> {
    const io::tls_context trust{trusting().tls};
    const auto secured = co_await io::connect_tls(std::move(stream), trust, "localhost");
    into = secured->tls()->peer_subject;
  }(std::move(right), subject));
  return subject;
}

}  // namespace

TEST_CASE("certificates_are_reloaded_under_100_live_sessions") {
  const own_pair pair;
  test_server served{echo, tls_config(pair.files)};
  asio::io_context context;
  std::vector<websock::session> sessions;
  run(context, [](const test_server& server, std::vector<websock::session>& into) -> task<void> {
    for (int i = 0; i < 100; ++i) {
      auto client = co_await open_secure(server);
      into.push_back(std::move(client));
    }
  }(served, sessions));
  pair.become("renewed");
  auto config = tls_config(pair.files);
  config.listeners.front().port = served.where().port;
  served.reload(config);
  run(context, [](const test_server& server, std::vector<websock::session>& old) -> task<void> {
    const std::string subject = co_await subject_now(server);
    CHECK(subject == "CN=renewed");
    for (websock::session& each : old) {
      CHECK(each.tls()->peer_subject == "CN=localhost");
      co_await echo_text(each, "still here");
    }
  }(served, sessions));

  // A pair that does not fit changes nothing.
  pair.become_certificate("server");
  CHECK_THROWS_AS(served.reload(config), websock::config_error);
  run(context, [](const test_server& server) -> task<void> {
    const std::string subject = co_await subject_now(server);
    CHECK(subject == "CN=renewed");
  }(served));
}

TEST_CASE("a_listener_may_get_and_lose_its_tls_by_a_reload") {
  test_server served{echo, one_route()};
  asio::io_context context;
  auto config = tls_config();
  config.listeners.front().port = served.where().port;
  served.reload(config);
  run(context, [](const test_server& server) -> task<void> {
    const std::string subject = co_await subject_now(server);
    CHECK(subject == "CN=localhost");
  }(served));
  config.listeners.front().tls.reset();
  served.reload(config);
  run(context, [](const test_server& server) -> task<void> {
    const auto where = server.where();
    auto client = co_await open_session(where);
    co_await echo_text(client, "hello");
  }(served));
}

TEST_CASE("certificates_are_read_again_when_their_files_change") {
  const own_pair pair;
  const test_server served{echo, tls_config(pair.files)};
  asio::io_context context;
  pair.become("renewed");
  std::string subject = "CN=localhost";
  const auto deadline = std::chrono::steady_clock::now() + bound;
  while (subject == "CN=localhost" && std::chrono::steady_clock::now() < deadline) {
    run(context, [](const test_server& server, std::string& into) -> task<void> {
      into = co_await subject_now(server);
    }(served, subject));
  }
  CHECK(subject == "CN=renewed");
}

TEST_CASE("a_pair_that_is_half_written_is_left_alone") {
  const own_pair pair;
  websock::live_tls certificates{tls_config(pair.files).listeners.front()};
  CHECK(subject_of(certificates) == "CN=localhost");

  pair.become_certificate("renewed");
  certificates.refresh();  // has just changed
  CHECK(subject_of(certificates) == "CN=localhost");
  certificates.refresh();  // and stays so, but the key does not fit
  CHECK(subject_of(certificates) == "CN=localhost");
  pair.become("renewed");
  certificates.refresh();
  CHECK(subject_of(certificates) == "CN=localhost");
  certificates.refresh();
  CHECK(subject_of(certificates) == "CN=renewed");

  fs::remove(pair.files.key_file);
  certificates.refresh();
  certificates.refresh();
  CHECK(subject_of(certificates) == "CN=renewed");
}

TEST_CASE("files_behind_a_link_that_moves_are_seen_to_change") {
  const scratch_folder folder;
  const auto link = folder.path() / "live";
  for (const char* name : {"server", "renewed"}) {
    fs::create_directory(folder.path() / name);
    overwrite(folder.path() / name / "x.pem", certificates::shared().pair(name).certificate_file);
    overwrite(folder.path() / name / "x.key", certificates::shared().pair(name).key_file);
  }
  fs::create_directory_symlink(folder.path() / "server", link);
  websock::live_tls certificates{
      tls_config(io::tls_key_pair{(link / "x.pem").string(), (link / "x.key").string()}).listeners.front()};
  CHECK(subject_of(certificates) == "CN=localhost");
  fs::create_directory_symlink(folder.path() / "renewed", folder.path() / "next");
  fs::rename(folder.path() / "next", link);
  certificates.refresh();
  certificates.refresh();
  CHECK(subject_of(certificates) == "CN=renewed");
}

// --- Configuration -------------------------------------------------------------------------------

namespace {

std::string with_tls(const std::string& members) {
  return R"({ "routes": [ { "path": "/", "handler": "h" } ], "listeners": [ { "tls": { )" + members +
         " } } ] }";
}

std::string problem_of(const std::string& text) {
  try {
    (void)websock::parse_config(text, "server.json", certificates::shared().folder().string());
  } catch (const websock::config_error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("tls_is_configured_by_files_relative_to_the_configuration") {
  const auto config = websock::parse_config(
      with_tls(R"("certificates": [ { "certificate": "server.pem", "key": "server.key" },
                                    { "certificate": "a.pem", "key": "a.key" } ],
                  "client_certificate": "required", "client_ca": "ca.pem", "minimum_version": "1.3")"),
      "server.json", certificates::shared().folder().string());
  const auto& tls = config.listeners.at(0).tls;
  REQUIRE(tls);
  CHECK(tls->identities ==
        std::vector{certificates::shared().pair("server"), certificates::shared().pair("a")});
  CHECK(tls->clients == io::client_certificate::required);
  CHECK(tls->client_ca_file == certificates::shared().file("ca.pem"));
  CHECK(tls->minimum_version == io::tls_version::tls_1_3);
}

TEST_CASE("a_mistake_in_tls_is_named_with_its_place") {
  using Catch::Matchers::Contains;
  const std::string pair = R"("certificate": "server.pem", "key": "server.key")";
  CHECK(problem_of(with_tls(pair)) == "no error");
  CHECK_THAT(problem_of(with_tls("")),
             Contains("server.json:1:74: /listeners/0/tls: the key \"certificate\" is missing"));
  CHECK_THAT(problem_of(with_tls(R"("certificate": "server.pem")")), Contains("the key \"key\" is missing"));
  CHECK_THAT(problem_of(with_tls(R"("certificate": "none.pem", "key": "server.key")")),
             Contains("/listeners/0/tls: ") && Contains("none.pem: cannot be opened: No such file"));
  CHECK_THAT(problem_of(with_tls(R"("certificate": "server.pem", "key": "unrelated.key")")),
             Contains("unrelated.key: does not belong to the certificate in"));
  CHECK_THAT(problem_of(with_tls(pair + R"(, "minimum_version": "1.1")")),
             Contains(R"(expected "1.2" or "1.3")"));
  CHECK_THAT(problem_of(with_tls(pair + R"(, "client_certificate": "required")")),
             Contains("the key \"client_ca\" is missing"));
  CHECK_THAT(problem_of(with_tls(pair + R"(, "client_certificate": "yes")")),
             Contains(R"(expected "none", "optional" or "required", got "yes")"));
  CHECK_THAT(problem_of(with_tls(pair + R"(, "client_ca": "ca.pem")")), Contains("of use only with"));
  CHECK_THAT(problem_of(with_tls(R"("certificates": [])")), Contains("at least one certificate"));
  CHECK_THAT(problem_of(with_tls(R"("certificates": [ { "certificate": "a.pem" } ])")),
             Contains("/listeners/0/tls/certificates/0: the key \"key\" is missing"));
  CHECK_THAT(problem_of(with_tls(pair + R"(, "keys": 1)")), Contains("unknown key"));
}
