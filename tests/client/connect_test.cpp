// Sessions that come to be, and what is asked for them.
#include <unistd.h>

#include "client/raw_server.hpp"
#include "server/test_server.hpp"
#include "websock/io/task_group.hpp"

using namespace support;
using websock::connect_options;
using websock::errc;
namespace http = websock::http;

namespace {

task<void> hello(std::string url) {
  auto session = co_await websock::connect(url);
  co_await session.send("hello");
  const auto reply = co_await session.receive();
  REQUIRE(reply);
  CHECK(reply->text() == "hello");
  co_await session.close();
  CHECK(session.was_clean());
}

/// The fields of a request that `options` make.
http::fields fields_of(const connect_options& options, std::string_view userinfo = "") {
  asio::io_context context;
  const raw_server server{context, open_echo};
  const std::string url = "ws://" + std::string{userinfo} + server.authority() + "/";
  const failure none = connect_once(context, url, options);
  CHECK_FALSE(none.code);
  return server.requests().at(0).fields;
}

}  // namespace

TEST_CASE("a session is opened at a server and talks") {
  const test_server served;
  asio::io_context context;
  run(context, [](std::string url, std::string endpoint) -> task<void> {
    auto session = co_await websock::connect(url);
    CHECK(session.is_open());
    CHECK(session.request().target == "/ws?x=1");
    CHECK(session.query("x") == "1");
    REQUIRE(session.response() != nullptr);
    CHECK(session.response()->status == http::status::switching_protocols);
    CHECK(session.response()->fields.count("Sec-WebSocket-Accept") == 1);
    CHECK(session.remote_address() == "127.0.0.1");
    CHECK(session.remote_endpoint() == endpoint);
    CHECK(session.tls() == nullptr);
    co_await session.send("hello");
    const auto reply = co_await session.receive();
    REQUIRE(reply);
    CHECK(reply->text() == "hello");
    co_await session.close(websock::close_code{3000}, "done");
    CHECK(session.was_clean());
    CHECK(session.peer_close()->code == websock::close_code{3000});
  }(url_of(served.where(), "/ws?x=1"), served.where().to_string()));
}

TEST_CASE("http stands for ws, and a name is looked up") {
  const test_server served;
  asio::io_context context;
  run(context, hello("HTTP://localhost:" + std::to_string(served.where().port) + "/ws"));
}

TEST_CASE("url and options are copied before the call returns") {
  asio::io_context context;
  const raw_server server{context, open_echo};
  std::optional<task<websock::session>> opening;
  {
    std::string url = server.url("/a/path/that/is/no/small/string");
    connect_options options;
    options.bearer_token = "a-token-that-is-no-small-string-either";
    opening.emplace(websock::connect(url, options));
    url.assign(url.size(), '!');
    options.bearer_token.assign(options.bearer_token.size(), '!');
  }
  run(context, [](task<websock::session> started) -> task<void> {
    auto session = co_await std::move(started);
    CHECK(session.is_open());
  }(std::move(*opening)));
  CHECK(server.requests().at(0).target == "/a/path/that/is/no/small/string");
  CHECK(server.field(0, "Authorization") == "Bearer a-token-that-is-no-small-string-either");
}

TEST_CASE("a session is opened over a Unix socket") {
  const std::string path = "/tmp/websock-client-test-" + std::to_string(::getpid()) + ".sock";
  asio::io_context context;
  const raw_server server{context, open_echo, {{}, 0, path}};
  connect_options options;
  options.proxy = "http://127.0.0.1:1";  // is not for Unix sockets
  CHECK_FALSE(connect_once(context, "ws+unix:" + path + ":/room?x=1", options).code);
  CHECK(server.field(0, "Host") == "localhost");
  CHECK(server.requests().at(0).target == "/room?x=1");
}

TEST_CASE("a session is opened over TLS") {
  asio::io_context context;
  const raw_server server{context, open_echo, {"127.0.0.1", 0, {}}, server_tls()};
  connect_options options = trusting_options();
  options.tls.identity = certificates::shared().pair("client");
  run(context, [](std::string url, connect_options wanted) -> task<void> {
    auto session = co_await websock::connect(url, wanted);
    REQUIRE(session.tls() != nullptr);
    CHECK(session.tls()->version.starts_with("TLSv1."));
    co_await session.send("hello");
    const auto reply = co_await session.receive();
    REQUIRE(reply);
    CHECK(reply->text() == "hello");
    co_await session.close();
    CHECK(session.was_clean());
  }(server.url(), options));
  CHECK(server.subjects() == std::vector<std::string>{"CN=alice,O=Example"});
}

TEST_CASE("what comes behind the 101 belongs to the session") {
  asio::io_context context;
  const auto greet = [](websock::io::stream_ptr& stream, const http::request& request) -> task<void> {
    const std::string all = http::serialize_head(acceptance(request)) + octets("81 05") + "hello" +
                            octets("81 05") + "again" + octets("88 02 03 e8");
    co_await stream->write(all);
  };
  const raw_server server{context, greet};
  run(context, [](std::string url) -> task<void> {
    auto session = co_await websock::connect(url);
    for (const char* const text : {"hello", "again"}) {
      const auto message = co_await session.receive();
      REQUIRE(message);
      CHECK(message->text() == text);
    }
    const auto end = co_await session.receive();
    CHECK_FALSE(end);
    CHECK(session.was_clean());
  }(server.url()));
}

TEST_CASE("the options of the session are used") {
  asio::io_context context;
  const raw_server server{context, open_echo};
  connect_options options;
  options.session.limits.message = 4;
  CHECK(connect_once(context, server.url(), options).code == errc::message_too_big);
}

TEST_CASE("the server's choice of a subprotocol is told") {
  auto config = one_route();
  config.routes[0].subprotocols = {"v2", "v1"};
  const test_server served{echo, std::move(config)};
  asio::io_context context;
  run(context, [](std::string url) -> task<void> {
    connect_options options;
    options.subprotocols.emplace_back("v1");
    options.subprotocols.emplace_back("v3");
    auto session = co_await websock::connect(url, options);
    CHECK(session.subprotocol() == "v1");
    co_await session.close();
  }(url_of(served.where(), "/ws")));
}

TEST_CASE("options become fields of the request") {
  connect_options options;
  options.origin = "https://example.com";
  options.fields.add("X-Trace", "1");
  options.cookies = {{"a", "1"}, {"b", "\"2\""}, {"c", ""}};
  options.subprotocols = {"v2", "v1"};
  const http::fields fields = fields_of(options);
  CHECK(fields.find("Origin") == "https://example.com");
  CHECK(fields.find("X-Trace") == "1");
  CHECK(fields.find("Cookie") == "a=1; b=\"2\"; c=");
  CHECK(fields.find("Sec-WebSocket-Protocol") == "v2, v1");
  CHECK(fields.count("Authorization") == 0);
}

TEST_CASE("the product is named unless the caller names another, or none") {
  connect_options options;
  CHECK(fields_of(options).find("User-Agent").value_or("").starts_with("websock/"));
  options.fields.add("User-Agent", "mine/1");
  CHECK(fields_of(options).combined("User-Agent") == "mine/1");
  options.fields.set("User-Agent", "");
  CHECK(fields_of(options).count("User-Agent") == 0);
}

TEST_CASE("credentials come from the options, or else from the URL") {
  const std::string aladdin = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";  // RFC 7617 section 2
  connect_options options;
  CHECK(fields_of(options, "Aladdin:open%20sesame@").combined("Authorization") == aladdin);
  options.username = "Aladdin";
  options.password = "open sesame";
  CHECK(fields_of(options).combined("Authorization") == aladdin);
  CHECK(fields_of(options, "other:one@").combined("Authorization") == aladdin);
  options = {};
  options.bearer_token = "mF_9.B5f-4.1JqM";  // RFC 6750 section 2.1
  CHECK(fields_of(options, "other:one@").combined("Authorization") == "Bearer mF_9.B5f-4.1JqM");
  options = {};
  options.fields.add("Authorization", "Digest x");
  CHECK(fields_of(options, "other:one@").combined("Authorization") == "Digest x");
}

TEST_CASE("options that contradict each other or break the head are refused before anything is sent") {
  struct vector {
    const char* name;
    std::function<void(connect_options&)> set;
  };
  asio::io_context context;
  const raw_server server{context, open_echo};
  for (const auto& [name, set] : {
           vector{"two kinds of credentials",
                  [](auto& options) { options.username = "u", options.bearer_token = "secret"; }},
           vector{"Basic and a field",
                  [](auto& options) {
                    options.password = "secret";
                    options.fields.add("Authorization", "x");
                  }},
           vector{"Bearer and a field",
                  [](auto& options) {
                    options.bearer_token = "secret";
                    options.fields.add("authorization", "x");
                  }},
           vector{"a user name with ':'",
                  [](auto& options) { options.username = "a:secret", options.password = "secret"; }},
           vector{"a bearer token with a blank", [](auto& options) { options.bearer_token = "secret x"; }},
           vector{"a bearer token that begins with =", [](auto& options) { options.bearer_token = "="; }},
           vector{"Origin twice",
                  [](auto& options) {
                    options.origin = "https://a";
                    options.fields.add("Origin", "https://b");
                  }},
           vector{"Cookie twice",
                  [](auto& options) {
                    options.cookies.emplace_back("a", "secret");
                    options.fields.add("Cookie", "b=1");
                  }},
           vector{"a cookie's name with '='", [](auto& options) { options.cookies.emplace_back("a=", ""); }},
           vector{"a cookie without a name", [](auto& options) { options.cookies.emplace_back("", "1"); }},
           vector{"a cookie's value with ';'",
                  [](auto& options) { options.cookies.emplace_back("a", "secret; admin=1"); }},
           vector{"a cookie's value with one quote",
                  [](auto& options) { options.cookies.emplace_back("a", "\"secret"); }},
           vector{"a field of the handshake", [](auto& options) { options.fields.add("Host", "h"); }},
           vector{"a field that frames a body",
                  [](auto& options) { options.fields.add("Content-Length", "1"); }},
           vector{"a subprotocol that is no token", [](auto& options) { options.subprotocols = {"a b"}; }},
           vector{"a subprotocol twice", [](auto& options) { options.subprotocols = {"a", "a"}; }},
       }) {
    CAPTURE(name);
    connect_options options;
    set(options);
    const failure refused = connect_once(context, server.url(), options);
    CHECK(refused.code == errc::field_invalid);
    CHECK(refused.what.find("secret") == std::string::npos);
  }
  CHECK(server.accepted() == 0);
}

TEST_CASE("crlf_in_options_is_rejected") {
  struct vector {
    const char* name;
    void (*set)(connect_options&, std::string text);
  };
  asio::io_context context;
  const raw_server server{context, open_echo};
  for (const auto& [name, set] : {
           vector{"origin", [](auto& options, auto text) { options.origin = text; }},
           vector{"username", [](auto& options, auto text) { options.username = text; }},
           vector{"password", [](auto& options, auto text) { options.password = text; }},
           vector{"bearer", [](auto& options, auto text) { options.bearer_token = text; }},
           vector{"cookie name", [](auto& options, auto text) { options.cookies.emplace_back(text, "x"); }},
           vector{"cookie value", [](auto& options, auto text) { options.cookies.emplace_back("x", text); }},
           vector{"subprotocol", [](auto& options, auto text) { options.subprotocols.push_back(text); }},
       }) {
    for (const std::string text : {"a\r\nX: y", "a\nX: y", "a\rX: y", "a\r\n\r\n", "\r\na"}) {
      CAPTURE(name, text);
      connect_options options;
      set(options, text);
      CHECK(connect_once(context, server.url(), options).code == errc::field_invalid);
    }
  }
  for (const char* const url : {"ws://127.0.0.1/\r\nX: y", "ws://127.0.0.1\r\n/", "ws://a\r\nb@127.0.0.1/"}) {
    CHECK(connect_once(context, url).code == errc::url_invalid);
  }
  CHECK(connect_once(context, "ws://a%0D%0AX:y@127.0.0.1/").code == errc::field_invalid);
  CHECK(server.accepted() == 0);
}

TEST_CASE("a URL that cannot be opened is refused with what would be right") {
  asio::io_context context;
  struct vector {
    const char* url;
    const char* says;
  };
  for (const auto& [url, says] : {
           vector{"ftp://example.com/", "ws://"},
           vector{"example.com", "ws://"},
           vector{"ws://user:secret@b\xc3\xbc"
                  "cher.example/",
                  "A-labels (xn--...)"},
           vector{"ws://secret@example.com/#secret", "%23"},
           vector{"ws://example.com:0/", "1 to 65535"},
           vector{"ws:///path", "host is empty"},
           vector{"ws+unix:relative", "absolute path"},
       }) {
    CAPTURE(url);
    const failure refused = connect_once(context, url);
    CHECK(refused.code == errc::url_invalid);
    CHECK(refused.what.find(says) != std::string::npos);
    CHECK(refused.what.find("secret") == std::string::npos);
  }
}

TEST_CASE("nobody listens: the error names the address") {
  asio::io_context context;
  std::string url;
  {
    const raw_server gone{context, say_nothing()};
    url = gone.url();
  }
  const failure refused = connect_once(context, url);
  CHECK(refused.code == std::errc::connection_refused);
  CHECK(refused.what.find("127.0.0.1:") != std::string::npos);
}

TEST_CASE("several coroutines connect at once") {
  const test_server served;
  asio::io_context context;
  constexpr std::size_t count = 50;
  run(context, [](std::string url) -> task<void> {
    const auto executor = co_await asio::this_coro::executor;
    websock::io::task_group group{executor};
    for (std::size_t i = 0; i < count; ++i) group.spawn(hello(url));
    co_await group.join();
  }(url_of(served.where(), "/ws")));
}
