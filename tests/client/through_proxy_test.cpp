// `connect` through proxies: which one, and who gets to know what.
#include <cstdlib>

#include "client/raw_server.hpp"
#include "support/catch.hpp"

using namespace support;
using websock::connect_options;
using websock::errc;
namespace http = websock::http;

namespace {

/// Agrees to every CONNECT, and plays the server on the other side as well.
conversation connect_to_echo(std::vector<http::request>& inner) {
  return [&inner](websock::io::stream_ptr& stream, const http::request& request) -> task<void> {
    CHECK(request.method == "CONNECT");
    co_await stream->write("HTTP/1.1 200 Connection established\r\n\r\n");
    const auto asked = co_await read_request(*stream);
    if (!asked) co_return;
    inner.push_back(*asked);
    co_await open_echo(stream, *asked);
  };
}

/// The environment of this process, while it lives.
class environment {
 public:
  environment(const char* name, const std::string& value) : name_{name} { ::setenv(name, value.c_str(), 1); }
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;
  ~environment() { ::unsetenv(name_); }

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("a session is opened through an HTTP proxy, and each side gets its own credentials") {
  asio::io_context context;
  std::vector<http::request> inner;
  const raw_server proxy{context, connect_to_echo(inner)};
  connect_options options;
  options.proxy = "http://porter:pass@" + proxy.authority();
  options.bearer_token = "server-secret";
  CHECK_FALSE(connect_once(context, "ws://name.invalid/room?x=1", options).code);
  REQUIRE(inner.size() == 1);
  CHECK(proxy.requests()[0].target == "name.invalid:80");
  CHECK(proxy.field(0, "Proxy-Authorization") == "Basic cG9ydGVyOnBhc3M=");
  CHECK_FALSE(has(http::serialize_head(proxy.requests()[0]), "server-secret"));
  CHECK(inner[0].target == "/room?x=1");
  CHECK(inner[0].fields.find("Host") == "name.invalid");
  CHECK(inner[0].fields.find("Authorization") == "Bearer server-secret");
  CHECK(inner[0].fields.count("Proxy-Authorization") == 0);
}

TEST_CASE("a session is opened through a SOCKS5 proxy, which resolves the name") {
  asio::io_context context;
  websock::io::acceptor acceptor{context.get_executor(), {"127.0.0.1", 0, {}}};
  spawn(context, [](websock::io::acceptor& from) -> task<void> {
    auto stream = co_await from.accept();
    const std::string hello = co_await read_octets(*stream, 3);
    CHECK(hello == octets("05 01 00"));
    const std::string chosen = octets("05 00");
    co_await stream->write(chosen);
    const std::string asked = co_await read_octets(*stream, 5 + 12 + 2);
    CHECK(asked == octets("05 01 00 03 0c") + "name.invalid" + octets("00 50"));
    const std::string connected = octets("05 00 00 01 00 00 00 00 00 00");
    co_await stream->write(connected);
    const auto request = co_await read_request(*stream);
    REQUIRE(request);
    CHECK(request->host() == "name.invalid");
    co_await open_echo(stream, *request);
  }(acceptor));
  connect_options options;
  options.proxy = "socks5h://" + acceptor.local().to_string();
  CHECK_FALSE(connect_once(context, "ws://name.invalid/", options).code);
}

TEST_CASE("the open timeout in the body of a proxy's refusal still tells the refusal") {
  asio::io_context context;
  const raw_server proxy{context, say("HTTP/1.1 502 x\r\nContent-Length: 10\r\n\r\nsome")};
  connect_options options;
  options.proxy = "http://" + proxy.authority();
  options.session.timeouts.handshake = std::chrono::milliseconds{50};
  const failure refused = connect_once(context, "ws://name.invalid/", options);
  CHECK(refused.code == errc::proxy_refused);
  REQUIRE(refused.response);
  CHECK(refused.response->body == "some");
}

TEST_CASE("to an https proxy there is TLS first, without the client's certificate") {
  asio::io_context context;
  std::vector<http::request> inner;
  const raw_server proxy{context, connect_to_echo(inner), {"127.0.0.1", 0, {}}, server_tls()};
  connect_options options = trusting_options();
  options.tls.identity = certificates::shared().pair("client");
  options.proxy = "https://" + proxy.authority();
  CHECK_FALSE(connect_once(context, "ws://name.invalid/", options).code);
  CHECK(inner.size() == 1);
  CHECK(proxy.subjects() == std::vector<std::string>{""});
}

TEST_CASE("TLS with the server runs inside of the tunnel") {
  asio::io_context context;
  const auto tunnel = [](websock::io::stream_ptr& stream, const http::request&) -> task<void> {
    co_await stream->write("HTTP/1.1 200 x\r\n\r\n");
    const websock::io::tls_context tls = server_tls();
    stream = co_await websock::io::accept_tls(std::move(stream), tls);
    CHECK(stream->tls()->peer_subject == "CN=alice,O=Example");
    const auto asked = co_await read_request(*stream);
    if (asked) co_await open_echo(stream, *asked);
  };
  for (const bool over_tls : {false, true}) {
    CAPTURE(over_tls);
    const raw_server proxy{
        context, tunnel, {"127.0.0.1", 0, {}}, over_tls ? std::optional{server_tls()} : std::nullopt};
    connect_options options = trusting_options();
    options.tls.identity = certificates::shared().pair("client");
    options.proxy = (over_tls ? "https://" : "http://") + proxy.authority();
    CHECK_FALSE(connect_once(context, "wss://localhost:1/", options).code);
    CHECK(proxy.requests().at(0).target == "localhost:1");
  }
}

TEST_CASE("a proxy that refuses is told from the server") {
  asio::io_context context;
  const raw_server proxy{context,
                         say("HTTP/1.1 407 x\r\nProxy-Authenticate: Basic\r\nContent-Length: 4\r\n\r\nwho?")};
  connect_options options;
  options.proxy = "http://porter:secret@" + proxy.authority();
  const failure refused = connect_once(context, "ws://user:secret@name.invalid/", options);
  CHECK(refused.code == errc::proxy_refused);
  CHECK(refused.code == websock::condition::handshake_failed);
  CHECK_FALSE(has(refused.what, "secret"));
  REQUIRE(refused.response);
  CHECK(static_cast<unsigned>(refused.response->status) == 407);
  CHECK(refused.response->fields.find("Proxy-Authenticate") == "Basic");
  CHECK(refused.response->body == "who?");
}

TEST_CASE("a proxy that cannot be reached is named as one") {
  asio::io_context context;
  std::string nobody;
  {
    const websock::io::acceptor closed{context.get_executor(), {"127.0.0.1", 0, {}}};
    nobody = closed.local().to_string();
  }
  connect_options options;
  options.proxy = "http://" + nobody;
  const failure refused = connect_once(context, "ws://name.invalid/", options);
  CHECK(refused.code == std::errc::connection_refused);
  CHECK(has(refused.what, "the proxy " + nobody + ": "));
}

TEST_CASE("a redirect goes through the proxy again") {
  asio::io_context context;
  std::vector<http::request> inner;
  int left = 1;
  const auto once = [&](websock::io::stream_ptr& stream, const http::request& request) -> task<void> {
    if (left-- == 0) {
      const conversation talk = connect_to_echo(inner);
      co_await talk(stream, request);
      co_return;
    }
    co_await stream->write("HTTP/1.1 200 x\r\n\r\n");
    const auto asked = co_await read_request(*stream);
    CHECK(asked);
    co_await stream->write("HTTP/1.1 302 x\r\nLocation: ws://other.invalid:81/\r\n\r\n");
  };
  const raw_server proxy{context, once};
  connect_options options;
  options.proxy = "http://porter:pass@" + proxy.authority();
  CHECK_FALSE(connect_once(context, "ws://name.invalid/", options).code);
  REQUIRE(proxy.requests().size() == 2);
  CHECK(proxy.requests()[1].target == "other.invalid:81");
  CHECK(proxy.field(1, "Proxy-Authorization") == "Basic cG9ydGVyOnBhc3M=");  // it is the same proxy
  REQUIRE(inner.size() == 1);
  CHECK(inner[0].fields.find("Host") == "other.invalid:81");
}

TEST_CASE("the environment's proxy is used when that is asked for") {
  asio::io_context context;
  std::vector<http::request> inner;
  const raw_server proxy{context, connect_to_echo(inner)};
  const raw_server direct{context, open_echo};
  const environment all{"all_proxy", "http://" + proxy.authority()};
  connect_options options;
  CHECK_FALSE(connect_once(context, direct.url(), options).code);
  CHECK(proxy.accepted() == 0);
  options.proxy_from_environment = true;
  CHECK_FALSE(connect_once(context, "ws://name.invalid/", options).code);
  CHECK(proxy.accepted() == 1);
  const environment none{"no_proxy", "127.0.0.1"};
  CHECK_FALSE(connect_once(context, direct.url(), options).code);
  CHECK(proxy.accepted() == 1);
  CHECK(direct.accepted() == 2);
}

TEST_CASE("a proxy's URL that is none is refused before anything is sent, and not repeated") {
  asio::io_context context;
  for (const char* const proxy : {"ftp://user:secret@h/", "http://user:secret@/", "socks4://h:1"}) {
    CAPTURE(proxy);
    connect_options options;
    options.proxy = proxy;
    const failure refused = connect_once(context, "ws://127.0.0.1:1/", options);
    CHECK(refused.code == errc::url_invalid);
    CHECK_FALSE(has(refused.what, "secret"));
  }
}
