#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/memory.hpp"
#include "websock/http/syntax.hpp"
#include "websock/protocol/handshake.hpp"

using namespace websock::protocol;
namespace http = websock::http;

namespace {

constexpr const char* example_key = "dGhlIHNhbXBsZSBub25jZQ==";

// The handshake of RFC 6455 section 1.2, without Origin and subprotocols.
http::request example() {
  http::request request;
  request.method = "GET";
  request.target = "/chat";
  request.fields = {{"Host", "server.example.com"},
                    {"Upgrade", "websocket"},
                    {"Connection", "Upgrade"},
                    {"Sec-WebSocket-Key", example_key},
                    {"Sec-WebSocket-Version", "13"}};
  return request;
}

http::request with(std::string_view name, std::string_view value) {
  http::request request = example();
  request.fields.set(name, value);
  return request;
}

http::request without(std::string_view name) {
  http::request request = example();
  request.fields.remove(name);
  return request;
}

http::request twice(std::string_view name, std::string_view value) {
  http::request request = example();
  request.fields.add(name, value);
  return request;
}

// 101, or the status of the refusal.
unsigned status_of(const http::request& request, const accept_options& options = {}) {
  const auto answer = accept_handshake(request, options);
  const auto* const refusal = std::get_if<http::response>(&answer);
  return static_cast<unsigned>(refusal != nullptr ? refusal->status
                                                  : std::get<accepted>(answer).response.status);
}

http::response refusal_of(const http::request& request, const accept_options& options = {}) {
  return std::get<http::response>(accept_handshake(request, options));
}

std::string subprotocol_of(const http::request& request, std::vector<std::string> preferred) {
  accept_options options;
  options.subprotocols = std::move(preferred);
  return std::get<accepted>(accept_handshake(request, options)).subprotocol;
}

unsigned status_of_origin(const char* host, const char* origin, std::vector<std::string> allowed) {
  http::request request = with("Host", host);
  request.fields.add("Origin", origin);
  accept_options options;
  options.origins = std::move(allowed);
  return status_of(request, options);
}

}  // namespace

TEST_CASE("the accept value is the one of the RFC") {
  CHECK(accept_value(example_key) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");  // section 1.3
  CHECK(accept_value("hbr3lLZ7IX8r2mOOX5TV3A==") == "TrZ787aaZZ/goQPOMoO8Ao6iuI4=");
}

TEST_CASE("a handshake is answered with 101") {
  const auto result = std::get<accepted>(accept_handshake(example(), {}));
  CHECK(result.subprotocol.empty());
  CHECK(result.response.body.empty());
  CHECK(http::serialize_head(result.response) ==
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
}

TEST_CASE("tokens of a handshake are read as lists and without case") {
  CHECK(status_of(with("Upgrade", "h2c, WebSocket")) == 101);
  CHECK(status_of(with("Connection", "keep-alive, uPGRADE")) == 101);
  CHECK(status_of(twice("Connection", "keep-alive")) == 101);
}

TEST_CASE("a key of the RFC that is not in canonical base64 is taken") {
  CHECK(status_of(with("Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4PEC==")) == 101);  // section 4.1
}

TEST_CASE("what is no handshake is refused with its status") {
  http::request post = example();
  post.method = "POST";
  CHECK(status_of(post) == 405);
  CHECK(refusal_of(post).fields.find("Allow") == "GET");
  http::request old = example();
  old.version_minor = 0;
  CHECK(status_of(old) == 505);
  http::request body = example();
  body.body = "x";
  CHECK(status_of(body) == 400);

  CHECK(status_of(without("Host")) == 400);
  CHECK(status_of(with("Host", "")) == 400);
  CHECK(status_of(with("Host", "a b")) == 400);
  CHECK(status_of(twice("Host", "server.example.com")) == 400);
  CHECK(status_of(without("Upgrade")) == 426);
  CHECK(status_of(with("Upgrade", "h2c")) == 426);
  CHECK(status_of(with("Upgrade", "websockets")) == 426);
  CHECK(status_of(without("Connection")) == 426);
  CHECK(status_of(with("Connection", "close")) == 426);
}

TEST_CASE("another version is answered with the one that is spoken") {
  for (const auto& request :
       {with("Sec-WebSocket-Version", "8"), with("Sec-WebSocket-Version", "14"),
        with("Sec-WebSocket-Version", "13, 8"), with("Sec-WebSocket-Version", "013"),
        with("Sec-WebSocket-Version", ""), without("Sec-WebSocket-Version"), without("Upgrade")}) {
    const http::response response = refusal_of(request);
    CHECK(response.status == http::status::upgrade_required);
    CHECK(response.fields.find("Sec-WebSocket-Version") == "13");
    CHECK(response.fields.find("Upgrade") == "websocket");
    CHECK(response.fields.find("Connection") == "Upgrade");
  }
  CHECK(status_of(twice("Sec-WebSocket-Version", "13")) == 400);
}

TEST_CASE("a key is exactly one and 16 bytes long") {
  CHECK(status_of(without("Sec-WebSocket-Key")) == 400);
  CHECK(status_of(twice("Sec-WebSocket-Key", example_key)) == 400);
  for (const char* const key :
       {"", "dGhl", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQAA",
        "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZ===", "dGhlIHNhbXBsZSBub25j-_==",
        "dGhlIHNh XBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZVIQEA==", "dGhlIHNhbXBsZSBub25jZQ==, x"}) {
    CAPTURE(key);
    CHECK(status_of(with("Sec-WebSocket-Key", key)) == 400);
  }
}

TEST_CASE("a refusal is a line of plain text that repeats nothing of the request") {
  for (const auto& request : {with("Sec-WebSocket-Key", "marker"), with("Host", "mar<marker>ker"),
                              with("Sec-WebSocket-Version", "marker"), with("Origin", "https://marker"),
                              with("Sec-WebSocket-Protocol", "mark er marker")}) {
    const http::response response = refusal_of(request);
    CHECK(response.fields.find("Content-Type") == "text/plain; charset=utf-8");
    CHECK(response.body.ends_with(".\n"));
    CHECK((response.body + http::serialize_head(response)).find("marker") == std::string::npos);
  }
}

TEST_CASE("a subprotocol is chosen by the server's preference over all lines") {
  http::request request = with("Sec-WebSocket-Protocol", "chat, superchat");
  CHECK(subprotocol_of(request, {"superchat", "chat"}) == "superchat");
  CHECK(subprotocol_of(request, {"chat", "superchat"}) == "chat");
  CHECK(subprotocol_of(request, {"other", "superchat"}) == "superchat");
  CHECK(subprotocol_of(request, {"Chat"}).empty());
  CHECK(subprotocol_of(request, {"other"}).empty());
  CHECK(subprotocol_of(request, {}).empty());
  CHECK(subprotocol_of(example(), {"chat"}).empty());
  request.fields.add("Sec-WebSocket-Protocol", ",third ,");
  CHECK(subprotocol_of(request, {"third", "chat"}) == "third");

  accept_options options;
  options.subprotocols = {"third"};
  const auto chosen = std::get<accepted>(accept_handshake(request, options));
  CHECK(chosen.response.fields.find("Sec-WebSocket-Protocol") == "third");
  options.subprotocols = {"fourth"};
  const auto none = std::get<accepted>(accept_handshake(request, options));
  CHECK(none.response.fields.count("Sec-WebSocket-Protocol") == 0);
}

TEST_CASE("a malformed list of subprotocols is refused") {
  for (const char* const list : {"", ",", "a b", "a;b", "a, \"b\"", "a/b", "a, (b)", "\xC3\xA4"}) {
    CAPTURE(list);
    CHECK(status_of(with("Sec-WebSocket-Protocol", list)) == 400);
  }
}

TEST_CASE("origin_defaults_to_same_host") {
  struct vector {
    const char* host;
    const char* origin;
    unsigned status;
  };
  for (const auto& [host, origin, status] : {
           vector{"example.com", "https://example.com", 101},
           vector{"example.com", "http://example.com", 101},
           vector{"Example.COM", "HTTPS://eXAMPLE.com", 101},
           vector{"example.com:443", "https://example.com", 101},
           vector{"example.com", "https://example.com:443", 101},
           vector{"example.com:8080", "http://example.com:8080", 101},
           vector{"[::1]:8080", "http://[::1]:8080", 101},
           vector{"example.com:8080", "http://example.com", 403},
           vector{"example.com", "http://example.com:8080", 403},
           vector{"example.com:443", "http://example.com", 403},
           vector{"example.com", "https://evil.com", 403},
           vector{"example.com", "https://example.com.evil.com", 403},
           vector{"example.com", "https://evilexample.com", 403},
           vector{"example.com", "https://sub.example.com", 403},
           vector{"example.com", "https://example.com@evil.com", 403},
           vector{"example.com", "https://evil.com/example.com", 403},
           vector{"example.com", "https://example.com/", 403},
           vector{"example.com", "example.com", 403},
           vector{"example.com", "null", 403},
           vector{"example.com", "", 403},
           vector{"example.com", "file://", 403},
           vector{"example.com", "*", 403},
       }) {
    CAPTURE(host, origin);
    CHECK(status_of_origin(host, origin, {}) == status);
  }
  CHECK(status_of(example()) == 101);  // no browser
  http::request two = with("Origin", "https://server.example.com");
  two.fields.add("Origin", "https://server.example.com");
  CHECK(status_of(two) == 400);
}

TEST_CASE("an absolute target's host is the one that an origin is held against") {
  http::request request = with("Origin", "https://evil.com");
  request.fields.set("Host", "evil.com");
  request.target = "http://server.example.com/chat";
  CHECK(status_of(request) == 403);
  request.fields.set("Origin", "https://server.example.com");
  CHECK(status_of(request) == 101);
}

TEST_CASE("an origin that is listed may connect") {
  const std::vector<std::string> allowed{"https://Example.com", "http://localhost:8080", "app://Editor"};
  CHECK(status_of_origin("other", "https://example.com", allowed) == 101);
  CHECK(status_of_origin("other", "HTTPS://EXAMPLE.COM:443", allowed) == 101);
  CHECK(status_of_origin("other", "http://localhost:8080", allowed) == 101);
  CHECK(status_of_origin("other", "app://editor", allowed) == 101);
  CHECK(status_of_origin("other", "http://example.com", allowed) == 403);
  CHECK(status_of_origin("other", "http://localhost", allowed) == 403);
  CHECK(status_of_origin("other", "http://other", allowed) == 403);
  CHECK(status_of_origin("other", "null", allowed) == 403);
  CHECK(status_of_origin("other", "null", {"null"}) == 101);
  CHECK(status_of_origin("other", "http://evil.com", {"null"}) == 403);
  CHECK(status_of_origin("other", "anything at all", {"https://a", "*"}) == 101);
}

TEST_CASE("only an upgrade to websocket asks for one") {
  CHECK(is_websocket_upgrade(example()));
  CHECK(is_websocket_upgrade(without("Sec-WebSocket-Key")));
  CHECK_FALSE(is_websocket_upgrade(without("Upgrade")));
  CHECK_FALSE(is_websocket_upgrade(without("Connection")));
  CHECK_FALSE(is_websocket_upgrade(with("Upgrade", "h2c")));
}

TEST_CASE("header_lists_take_linear_time") {
  // Each call of the reader moves it on and never back, so a list costs its bytes once: the calls
  // and the bytes that are left are counted, for lists that quadratic readers choke on.
  for (const std::string_view unit : {"a,", ",", " ", "\t,", "\"", "\\", "\",", "a ", "a;b=\"c\","}) {
    CAPTURE(unit);
    std::size_t calls_before = 0;
    for (const std::size_t count : {std::size_t{1000}, std::size_t{2000}, std::size_t{4000}}) {
      std::string list;
      for (std::size_t index = 0; index < count; ++index) list += unit;
      http::list_reader reader{list};
      std::size_t calls = 1;
      for (std::size_t left = list.size(); reader.next(); ++calls) {
        REQUIRE(reader.rest().size() < left);
        left = reader.rest().size();
      }
      CHECK(calls <= count + 1);
      CHECK((calls_before < 2 || calls <= 2 * calls_before));
      calls_before = calls;
    }
  }
  // Half a megabyte of what a reader of extensions may stumble over: whoever reads it again and again
  // comes to no end before the test is timed out.
  for (const std::string_view prefix : {"", "permessage-deflate", "a; b=\""}) {
    for (const std::string_view unit :
         {"a,", ",", " ", "\t,", ";", "\"", "\\", "\",", "a ", "=", ";b", ";b=\"c\"", ",a;b=\"c\"",
          ",permessage-deflate;server_max_window_bits=7"}) {
      CAPTURE(prefix, unit);
      std::string list{prefix};
      while (list.size() < 500'000) list += unit;
      accept_options options;
      options.deflate.emplace();
      const unsigned status = status_of(with("Sec-WebSocket-Extensions", list), options);
      CHECK((status == 101 || status == 400));
    }
  }
}

TEST_CASE("a long list of subprotocols costs no memory of its own") {
  std::string list = "chat";
  for (int index = 0; index < 100'000; ++index) list += ", x" + std::to_string(index);
  const http::request request = with("Sec-WebSocket-Protocol", list);
  CHECK(subprotocol_of(with("Sec-WebSocket-Protocol", "chat"), {"chat"}) ==
        "chat");  // OpenSSL sets itself up once
  const websock::test::memory_growth growth;
  CHECK(subprotocol_of(request, {"other", "chat"}) == "chat");
  CHECK(growth.bytes() < 10'000);
}
