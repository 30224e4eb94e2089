#include <algorithm>
#include <string>
#include <system_error>

#include "support/catch.hpp"
#include "websock/core/error.hpp"
#include "websock/protocol/handshake.hpp"

using namespace websock::protocol;
using websock::errc;
namespace http = websock::http;

namespace {

client_handshake handshake(const char* url = "ws://example.com/chat", const request_options& options = {}) {
  return client_handshake{http::parse_url(url), options};
}

std::string key_of(const client_handshake& client) {
  return std::string{client.request().fields.find("Sec-WebSocket-Key").value_or("")};
}

http::response answer(const client_handshake& client) {
  return {http::status::switching_protocols,
          {{"Upgrade", "websocket"},
           {"Connection", "Upgrade"},
           {"Sec-WebSocket-Accept", accept_value(key_of(client))}},
          {}};
}

}  // namespace

TEST_CASE("a client asks as the RFC has it") {
  const auto client = handshake("wss://example.com:8443/chat?x=1");
  const http::request& request = client.request();
  CHECK(request.method == "GET");
  CHECK(request.target == "/chat?x=1");
  CHECK(http::serialize_head(request) ==
        "GET /chat?x=1 HTTP/1.1\r\nHost: example.com:8443\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: " +
            key_of(client) + "\r\nSec-WebSocket-Version: 13\r\n\r\n");
}

TEST_CASE("each handshake has its own key") {
  const std::string first = key_of(handshake());
  CHECK(first.size() == 24);
  CHECK(first.ends_with("=="));
  CHECK(first != key_of(handshake()));
}

TEST_CASE("a server of ours accepts what a client of ours asks, and the client its answer") {
  request_options asked;
  asked.subprotocols = {"chat", "superchat"};
  accept_options offered;
  offered.subprotocols = {"superchat"};
  auto client = handshake("ws://[::1]:9000/", asked);
  const auto result = std::get<accepted>(accept_handshake(client.request(), offered));
  CHECK_FALSE(client.check(result.response));
  CHECK(client.subprotocol() == "superchat");
  CHECK(result.subprotocol == "superchat");
}

TEST_CASE("extra fields are sent") {
  request_options options;
  options.fields = {{"Origin", "https://example.com"}, {"Cookie", "a=b"}};
  CHECK(handshake("ws://h/", options).request().fields.find("Cookie") == "a=b");
}

TEST_CASE("userinfo becomes Basic credentials") {
  CHECK(handshake("ws://Aladdin:open%20sesame@h/").request().fields.find("Authorization") ==
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617 section 2
  CHECK(handshake("ws://user@h/").request().fields.find("Authorization") == "Basic dXNlcjo=");
  request_options options;
  options.fields = {{"Authorization", "Bearer x"}};
  CHECK(handshake("ws://user@h/", options).request().fields.combined("Authorization") == "Bearer x");
}

TEST_CASE("userinfo that cannot be Basic credentials is refused, and not repeated") {
  for (const char* const url : {"ws://a%3Asecret:b@h/", "ws://secret%0D%0AX:b@h/", "ws://a:secret%00@h/"}) {
    CAPTURE(url);
    try {
      handshake(url);
      FAIL("was taken");
    } catch (const std::system_error& error) {
      CHECK(error.code() == errc::field_invalid);
      CHECK(std::string_view{error.what()}.find("secret") == std::string_view::npos);
    }
  }
  CHECK(handshake("ws://u:a%3Ab@h/").request().fields.find("Authorization") == "Basic dTphOmI=");
}

TEST_CASE("fields of the handshake cannot be replaced") {
  for (const char* const name :
       {"Host", "upgrade", "Connection", "Sec-WebSocket-Key", "sec-websocket-version",
        "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Sec-WebSocket-Anything", "Content-Length",
        "Transfer-Encoding"}) {
    CAPTURE(name);
    request_options options;
    options.fields.add(name, "x");
    CHECK_THROWS_AS(handshake("ws://h/", options), std::system_error);
  }
}

TEST_CASE("subprotocols are tokens and unique") {
  for (const auto& names : {std::vector<std::string>{""}, {"a b"}, {"a,b"}, {"a\r\n"}, {"a", "b", "a"}}) {
    request_options options;
    options.subprotocols = names;
    CHECK_THROWS_AS(handshake("ws://h/", options), std::system_error);
  }
}

TEST_CASE("an answer that is no 101 is a refusal") {
  auto client = handshake();
  for (const auto status : {http::status::ok, http::status::found, http::status::unauthorized}) {
    http::response response = answer(client);
    response.status = status;
    CHECK(client.check(response) == errc::handshake_refused);
  }
}

TEST_CASE("a 101 is validated field by field") {
  struct vector {
    const char* name;
    const char* value;  // nullptr: the field is missing
    errc error;
  };
  for (const auto& [name, value, error] : {
           vector{"Upgrade", nullptr, errc::handshake_invalid},
           vector{"Upgrade", "h2c", errc::handshake_invalid},
           vector{"Upgrade", "websocket, h2c", errc::handshake_invalid},
           vector{"Connection", nullptr, errc::handshake_invalid},
           vector{"Connection", "keep-alive", errc::handshake_invalid},
           vector{"Sec-WebSocket-Accept", nullptr, errc::handshake_invalid},
           vector{"Sec-WebSocket-Accept", "", errc::handshake_invalid},
           vector{"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", errc::handshake_invalid},
           vector{"Sec-WebSocket-Extensions", "permessage-deflate", errc::extension_not_offered},
           vector{"Sec-WebSocket-Protocol", "chat", errc::subprotocol_not_offered},
           vector{"Sec-WebSocket-Protocol", "", errc::subprotocol_not_offered},
       }) {
    CAPTURE(name, value);
    auto client = handshake();
    http::response response = answer(client);
    response.fields.remove(name);
    if (value != nullptr) response.fields.add(name, value);
    CHECK(client.check(response) == error);
    CHECK(client.subprotocol().empty());
  }
}

TEST_CASE("tokens of an answer are compared without case, the accept value is not") {
  auto client = handshake();
  http::response response = answer(client);
  response.fields.set("Upgrade", "WebSocket");
  response.fields.set("Connection", "keep-alive, UPGRADE");
  CHECK_FALSE(client.check(response));
  std::string value = accept_value(key_of(client));
  std::transform(value.begin(), value.end(), value.begin(), [](char character) {
    return static_cast<char>(character >= 'a' && character <= 'z' ? character - 32 : character);
  });
  response.fields.set("Sec-WebSocket-Accept", value);
  CHECK(client.check(response) == errc::handshake_invalid);
}

TEST_CASE("a field that an answer may have once is not taken twice") {
  for (const char* const name : {"Upgrade", "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol"}) {
    CAPTURE(name);
    request_options options;
    options.subprotocols = {"chat"};
    auto client = handshake("ws://h/", options);
    http::response response = answer(client);
    response.fields.add("Sec-WebSocket-Protocol", "chat");
    REQUIRE_FALSE(client.check(response));
    const std::string value{*response.fields.find(name)};
    response.fields.add(name, value);
    CHECK(client.check(response) == errc::handshake_invalid);
  }
}

TEST_CASE("a subprotocol is compared with its case, and none is an answer too") {
  request_options options;
  options.subprotocols = {"chat", "superchat"};
  for (const char* const wrong : {"Chat", "chat, superchat", "other"}) {
    auto client = handshake("ws://h/", options);
    http::response response = answer(client);
    response.fields.add("Sec-WebSocket-Protocol", wrong);
    CHECK(client.check(response) == errc::subprotocol_not_offered);
  }
  auto client = handshake("ws://h/", options);
  CHECK_FALSE(client.check(answer(client)));
  CHECK(client.subprotocol().empty());
}

TEST_CASE("nothing is agreed on by an answer that is refused") {
  request_options options;
  options.subprotocols = {"chat"};
  options.deflate.emplace();
  for (const auto& [subprotocol, extension] :
       {std::pair{"other", "permessage-deflate"}, std::pair{"chat", "x-other"}}) {
    auto client = handshake("ws://h/", options);
    http::response response = answer(client);
    response.fields.add("Sec-WebSocket-Protocol", subprotocol);
    response.fields.add("Sec-WebSocket-Extensions", extension);
    CHECK(client.check(response) == websock::condition::handshake_failed);
    CHECK(client.subprotocol().empty());
    CHECK_FALSE(client.deflate());
  }
}
