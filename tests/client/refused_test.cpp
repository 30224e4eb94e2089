// Answers that open no session.
#include <sys/socket.h>

#include "client/raw_server.hpp"
#include "server/test_server.hpp"
#include "websock/io/timer.hpp"

using namespace support;
using namespace std::chrono_literals;
using websock::connect_options;
using websock::errc;
namespace http = websock::http;

namespace {

constexpr std::size_t kept = 64 * 1024;

/// Sends `head`, and then body for as long as somebody takes it.
conversation say_for_ever(std::string head, std::string part) {
  return [head = std::move(head), part = std::move(part)](websock::io::stream_ptr& stream,
                                                          const http::request&) -> task<void> {
    co_await stream->write(head);
    while (true) co_await stream->write(part);
  };
}

failure answered(conversation talk, connect_options options = {}) {
  asio::io_context context;
  const raw_server server{context, std::move(talk)};
  return connect_once(context, server.url("/room?token=secret"), std::move(options));
}

/// A 101 with one field changed (nullptr: removed).
conversation change(std::string name, const char* value) {
  return [name = std::move(name), value](websock::io::stream_ptr& stream,
                                         const http::request& request) -> task<void> {
    http::response response = acceptance(request);
    response.fields.remove(name);
    if (value != nullptr) response.fields.add(name, value);
    const std::string head = http::serialize_head(response);
    co_await stream->write(head);
  };
}

}  // namespace

TEST_CASE("a refusal carries status, fields and body, and its text no secret") {
  asio::io_context context;
  const raw_server server{context,
                          say("HTTP/1.1 403 Go Away\r\nX-Why: quota\r\nContent-Length: 7\r\n\r\nno, sir")};
  const failure refused =
      connect_once(context, "ws://user:secret@" + server.authority() + "/room?token=secret");
  CHECK(refused.code == errc::handshake_refused);
  CHECK(refused.code == websock::condition::handshake_failed);
  CHECK(has(refused.what, server.url("/room") + ": 403 Forbidden"));
  CHECK_FALSE(has(refused.what, "secret"));
  CHECK_FALSE(has(refused.what, "Go Away"));  // the peer's words are for whoever asks for them
  REQUIRE(refused.response);
  CHECK(refused.response->status == http::status::forbidden);
  CHECK(refused.response->fields.find("X-Why") == "quota");
  CHECK(refused.response->body == "no, sir");
}

TEST_CASE("a server of this library refuses with a reason") {
  const test_server served;
  asio::io_context context;
  const failure refused = connect_once(context, url_of(served.where(), "/elsewhere"));
  CHECK(refused.code == errc::handshake_refused);
  REQUIRE(refused.response);
  CHECK(refused.response->status == http::status::not_found);
  connect_options options;
  options.origin = "https://elsewhere.example";
  const failure foreign = connect_once(context, url_of(served.where(), "/ws"), options);
  REQUIRE(foreign.response);
  CHECK(foreign.response->status == http::status::forbidden);
  CHECK_FALSE(foreign.response->body.empty());
}

TEST_CASE("a body that never ends is cut at 64 KiB, not by a timeout") {
  connect_options patient;
  patient.session.timeouts.handshake = websock::no_timeout;
  std::string chunks;
  for (int i = 0; i < 1000; ++i) chunks += "4\r\nxxxx\r\n";
  struct vector {
    const char* name;
    const char* head;
    std::string part;
  };
  for (const auto& [name, head, part] : {
           vector{"to the end of the stream", "HTTP/1.1 503 x\r\n\r\n", std::string(10'000, 'x')},
           vector{"of a length", "HTTP/1.1 503 x\r\nContent-Length: 99999999999\r\n\r\n",
                  std::string(10'000, 'x')},
           vector{"in chunks", "HTTP/1.1 503 x\r\nTransfer-Encoding: chunked\r\n\r\n", chunks},
       }) {
    CAPTURE(name);
    const failure refused = answered(say_for_ever(head, part), patient);
    CHECK(refused.code == errc::handshake_refused);
    REQUIRE(refused.response);
    CHECK(refused.response->body == std::string(kept, 'x'));
  }
}

TEST_CASE("a body of nothing but framing is cut, too") {
  const std::string chunk = "1;" + std::string(10'000, 'y') + "\r\nx\r\n";
  const failure refused =
      answered(say_for_ever("HTTP/1.1 503 x\r\nTransfer-Encoding: chunked\r\n\r\n", chunk));
  CHECK(refused.code == errc::handshake_refused);
  REQUIRE(refused.response);
  CHECK_FALSE(refused.response->body.empty());
  CHECK(refused.response->body.size() < kept);
}

TEST_CASE("a body that is cut short or malformed is given as far as it came") {
  struct vector {
    const char* answer;
    const char* body;
  };
  for (const auto& [answer, body] : {
           vector{"HTTP/1.1 403 x\r\nContent-Length: 10\r\n\r\nsome", "some"},
           vector{"HTTP/1.1 403 x\r\n\r\nall of it", "all of it"},
           vector{"HTTP/1.1 403 x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\nzz", "some"},
           vector{"HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n", ""},
           vector{"HTTP/1.0 403 x\r\n\r\nold", "old"},
           vector{"HTTP/1.1 204 x\r\n\r\n", ""},
           vector{"HTTP/1.1 103 x\r\nLink: </x>\r\n\r\nHTTP/1.1 403 x\r\nContent-Length: 4\r\n\r\nsome",
                  "some"},
       }) {
    CAPTURE(answer);
    const failure refused = answered(say_and_end(answer));
    CHECK(refused.code == errc::handshake_refused);
    REQUIRE(refused.response);
    CHECK(refused.response->body == body);
  }
}

TEST_CASE("the open timeout in the body of a refusal still tells the refusal") {
  connect_options options;
  options.session.timeouts.handshake = 50ms;
  const failure refused = answered(say("HTTP/1.1 401 x\r\nContent-Length: 10\r\n\r\nsome"), options);
  CHECK(refused.code == errc::handshake_refused);
  REQUIRE(refused.response);
  CHECK(refused.response->status == http::status::unauthorized);
  CHECK(refused.response->body == "some");
}

TEST_CASE("a server may refuse before it has read the request") {
  asio::io_context context;
  websock::io::acceptor acceptor{context.get_executor(), {"127.0.0.1", 0, {}}};
  spawn(context, [](websock::io::acceptor& from) -> task<void> {
    auto stream = co_await from.accept();
    co_await stream->write("HTTP/1.1 503 x\r\nContent-Length: 4\r\n\r\nbusy");
    stream->shutdown_send();
    const std::string ignored = co_await read_to_end(*stream);
  }(acceptor));
  connect_options options;
  options.fields.add("X-Long", std::string(4'000'000, 'x'));
  const failure refused = connect_once(context, "ws://" + acceptor.local().to_string(), options);
  REQUIRE(refused.response);
  CHECK(static_cast<unsigned>(refused.response->status) == 503);
  CHECK(refused.response->body == "busy");
}

TEST_CASE("a 101 that breaks the RFC opens nothing, and is handed over") {
  struct vector {
    const char* name;
    const char* value;
    errc code;
  };
  for (const auto& [name, value, code] : {
           vector{"Sec-WebSocket-Accept", nullptr, errc::handshake_invalid},
           vector{"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", errc::handshake_invalid},
           vector{"Upgrade", nullptr, errc::handshake_invalid},
           vector{"Upgrade", "h2c", errc::handshake_invalid},
           vector{"Connection", "close", errc::handshake_invalid},
           vector{"Sec-WebSocket-Protocol", "chat", errc::subprotocol_not_offered},
           vector{"Sec-WebSocket-Extensions", "x-unknown", errc::extension_not_offered},
       }) {
    CAPTURE(name, value);
    const failure refused = answered(change(name, value));
    CHECK(refused.code == code);
    CHECK(refused.code == websock::condition::handshake_failed);
    CHECK(has(refused.what, "/room: 101"));
    REQUIRE(refused.response);
    CHECK(refused.response->status == http::status::switching_protocols);
    CHECK(refused.response->fields.find(name).value_or("") == (value == nullptr ? "" : value));
  }
}

TEST_CASE("an answer that is no HTTP is told as what it is") {
  struct vector {
    std::string answer;
    errc code;
  };
  for (const auto& [answer, code] : {
           vector{"SSH-2.0-OpenSSH_9.2\r\n\r\n", errc::http_malformed},
           vector{"HTTP/1.1 101 x\nUpgrade: websocket\n\n", errc::http_malformed},
           vector{"HTTP/1.1 200 x\r\nA: " + std::string(20'000, 'x') + "\r\n\r\n", errc::http_head_too_large},
           vector{"HTTP/1.1 101 x\r\nUpgrade", errc::connection_lost},
           vector{"", errc::connection_lost},
       }) {
    CAPTURE(answer.substr(0, 40));
    const failure refused = answered(say_and_end(answer));
    CHECK(refused.code == code);
    CHECK(has(refused.what, "/room"));
    CHECK_FALSE(has(refused.what, "secret"));
    CHECK_FALSE(refused.response);
  }
}
