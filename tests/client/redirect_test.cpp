// Redirects: which are followed, and what goes along.
#include <unistd.h>

#include "client/raw_server.hpp"
#include "client/redirect.hpp"
#include "support/catch.hpp"

using namespace support;
using websock::connect_options;
using websock::errc;
namespace http = websock::http;

namespace {

connect_options with_credentials() {
  connect_options options;
  options.bearer_token = "secret";
  options.cookies.emplace_back("session", "secret");
  options.origin = "https://example.com";
  options.subprotocols.emplace_back("chat");
  options.fields.add("X-Api-Key", "secret");
  options.fields.add("Proxy-Authorization", "secret");
  options.fields.add("User-Agent", "mine/1");
  options.fields.add("Accept-Language", "de");
  return options;
}

void check_all_there(const http::request& request) {
  CHECK(request.fields.find("Authorization") == "Bearer secret");
  CHECK(request.fields.find("Cookie") == "session=secret");
  CHECK(request.fields.find("X-Api-Key") == "secret");
}

void check_stripped(const http::request& request) {
  CHECK_FALSE(has(http::serialize_head(request), "secret"));
  CHECK(request.fields.count("Authorization") == 0);
  CHECK(request.fields.count("Cookie") == 0);
  CHECK(request.fields.find("Origin") == "https://example.com");
  CHECK(request.fields.find("Sec-WebSocket-Protocol") == "chat");
  CHECK(request.fields.find("User-Agent") == "mine/1");
  CHECK(request.fields.find("Accept-Language") == "de");
}

/// Why a redirect from `from` to `location` is not followed; empty: it is.
std::string reason(const char* from, const std::string& location) {
  http::response response;
  response.fields.add("Location", location);
  const auto next = websock::follow_redirect(http::parse_url(from), response);
  const auto* refusal = std::get_if<websock::redirect_refusal>(&next);
  return refusal == nullptr ? "" : refusal->reason;
}

}  // namespace

TEST_CASE("each kind of redirect is followed, wherever its Location is relative to") {
  struct vector {
    unsigned status;
    const char* location;  // AUTHORITY stands for the server's
    const char* target;
  };
  for (const auto& [status, location, target] : {
           vector{301, "/there", "/there"},
           vector{302, "there?x=1#fragment", "/rooms/there?x=1"},
           vector{303, "../there/./here", "/there/here"},
           vector{307, "?y", "/rooms/one?y"},
           vector{308, "//AUTHORITY/there", "/there"},
           vector{302, "http://AUTHORITY/there", "/there"},
           vector{302, "WS://AUTHORITY", "/"},
       }) {
    CAPTURE(status, location);
    asio::io_context context;
    std::string where = location;
    const auto go = [&where, status](websock::io::stream_ptr& stream,
                                     const http::request& request) -> task<void> {
      const conversation talk = request.target == "/rooms/one" ? redirect_to(where, status) : open_echo;
      co_await talk(stream, request);
    };
    const raw_server server{context, go};
    if (const auto at = where.find("AUTHORITY"); at != std::string::npos) {
      where.replace(at, 9, server.authority());
    }
    CHECK_FALSE(connect_once(context, server.url("/rooms/one")).code);
    REQUIRE(server.requests().size() == 2);
    CHECK(server.requests()[1].target == target);
  }
}

TEST_CASE("redirects are followed up to the limit") {
  asio::io_context context;
  const raw_server server{context, by_target({{"/3", redirect_to("/2")},
                                              {"/2", redirect_to("/1")},
                                              {"/1", redirect_to("/0")},
                                              {"/0", open_echo}})};
  connect_options options;
  options.max_redirects = 3;
  CHECK_FALSE(connect_once(context, server.url("/3"), options).code);
  options.max_redirects = 2;
  const failure refused = connect_once(context, server.url("/3"), options);
  CHECK(refused.code == errc::redirect_refused);
  CHECK(refused.code == websock::condition::handshake_failed);
  CHECK(has(refused.what, server.url("/1") + ": 302 Found, after 2 redirects"));
  REQUIRE(refused.response);
  CHECK(refused.response->status == http::status::found);
  CHECK(refused.response->body == "moved");
}

TEST_CASE("a redirect to itself ends at the limit") {
  asio::io_context context;
  const raw_server server{context, redirect_to("/")};
  CHECK(connect_once(context, server.url()).code == errc::redirect_refused);
  CHECK(server.requests().size() == 6);
}

TEST_CASE("where no redirect is to be followed, one is a refusal like another") {
  asio::io_context context;
  const raw_server server{context, redirect_to("/there")};
  connect_options options;
  options.max_redirects = 0;
  const failure refused = connect_once(context, server.url(), options);
  CHECK(refused.code == errc::handshake_refused);
  REQUIRE(refused.response);
  CHECK(refused.response->fields.find("Location") == "/there");
}

TEST_CASE("other 3xx are no redirects") {
  for (const unsigned status : {300U, 304U, 305U, 306U, 309U}) {
    asio::io_context context;
    const raw_server server{context, redirect_to("/there", status)};
    CHECK(connect_once(context, server.url()).code == errc::handshake_refused);
    CHECK(server.requests().size() == 1);
  }
}

TEST_CASE("a redirect to nowhere is handed over") {
  struct vector {
    const char* lines;
    const char* says;
  };
  for (const auto& [lines, says] : {
           vector{"", "no Location"},
           vector{"Location: /a\r\nLocation: /b\r\n", "or several"},
           vector{"Location:\r\n", "empty"},
           vector{"Location: http://\r\n", "no URL to follow"},
           vector{"Location: mailto:secret@example.com\r\n", "no URL to follow"},
           vector{"Location: ws://user:secret@127.0.0.1/\r\n", "user name or password"},
           vector{"Location: /a b\r\n", "no URL to follow"},
           vector{"Location: ws+unix:/run/docker.sock:/\r\n", "Unix socket"},
           vector{"Location: ///run/docker.sock\r\n", "no URL to follow"},
       }) {
    CAPTURE(lines);
    asio::io_context context;
    const raw_server server{context,
                            say("HTTP/1.1 302 x\r\n" + std::string{lines} + "Content-Length: 0\r\n\r\n")};
    const failure refused = connect_once(context, server.url());
    CHECK(refused.code == errc::redirect_refused);
    CHECK(has(refused.what, says));
    CHECK_FALSE(has(refused.what, "secret"));
    REQUIRE(refused.response);
  }
}

TEST_CASE("a redirect leads from wss to wss only") {
  CHECK(reason("wss://h/", "ws://h/") == "its Location leads from wss to ws");
  CHECK(reason("wss://h/", "http://h/") == "its Location leads from wss to ws");
  CHECK(reason("wss://h/", "ws+unix:/run/x.sock") == "its Location leads from wss to ws+unix");
  for (const char* const to : {"wss://other/", "https://h:8443/", "//other/", "/there"}) {
    CHECK(reason("wss://h/", to).empty());
  }
  CHECK(reason("ws://h/", "wss://h/").empty());
  CHECK(reason("ws://h/", "https://h/").empty());
}

TEST_CASE("a session that was to be encrypted is not opened without") {
  asio::io_context context;
  const raw_server plain{context, open_echo};
  for (const std::string& location : {plain.url(), "http://" + plain.authority()}) {
    const raw_server server{context, redirect_to(location), {"127.0.0.1", 0, {}}, server_tls()};
    const failure refused = connect_once(context, server.url(), trusting_options());
    CHECK(refused.code == errc::redirect_refused);
    CHECK(has(refused.what, "from wss to ws"));
  }
  CHECK(plain.accepted() == 0);
}

TEST_CASE("the client's certificate is for the first origin alone") {
  asio::io_context context;
  const raw_server second{context, open_echo, {"127.0.0.1", 0, {}}, server_tls()};
  const raw_server first{context,
                         by_target({{"/", redirect_to("/away")}, {"/away", redirect_to(second.url())}}),
                         {"127.0.0.1", 0, {}},
                         server_tls()};
  connect_options options = trusting_options();
  options.tls.identity = certificates::shared().pair("client");
  CHECK_FALSE(connect_once(context, first.url(), options).code);
  CHECK(first.subjects() == std::vector<std::string>(2, "CN=alice,O=Example"));
  CHECK(second.subjects() == std::vector<std::string>{""});
}

TEST_CASE("no redirect leads to a Unix socket, or away from one") {
  const std::string path = "/tmp/websock-redirect-test-" + std::to_string(::getpid()) + ".sock";
  asio::io_context context;
  const raw_server tcp{context, open_echo};
  const raw_server server{context,
                          by_target({{"/rooms/one", redirect_to("two")},
                                     {"/rooms/two", open_echo},
                                     {"/out", redirect_to(tcp.url())},
                                     {"/other", redirect_to("ws+unix:/run/other.sock")},
                                     {"/same", redirect_to("ws+unix:" + path + ":/rooms/two")}}),
                          {{}, 0, path}};
  const std::string url = "ws+unix:" + path + ":";
  CHECK_FALSE(connect_once(context, url + "/rooms/one").code);
  CHECK_FALSE(connect_once(context, url + "/same").code);
  CHECK(connect_once(context, url + "/out").code == errc::redirect_refused);
  CHECK(connect_once(context, url + "/other").code == errc::redirect_refused);
  CHECK(tcp.accepted() == 0);
}

TEST_CASE("credentials_are_stripped_across_origins") {
  asio::io_context context;
  std::string back;
  const auto return_to_first = [&back](websock::io::stream_ptr& stream,
                                       const http::request& request) -> task<void> {
    const conversation talk = redirect_to(back);
    co_await talk(stream, request);
  };
  const raw_server second{context, return_to_first};
  const raw_server first{context, by_target({{"/", redirect_to("/away")},
                                             {"/away", redirect_to(second.url("/there"))},
                                             {"/back", redirect_to("/end")},
                                             {"/end", open_echo}})};
  back = first.url("/back");
  for (const bool in_url : {false, true}) {
    CAPTURE(in_url);
    connect_options options = with_credentials();
    std::string url = first.url();
    if (in_url) {
      options.bearer_token.clear();
      url = "ws://user:secret@" + first.authority() + "/";
    }
    const std::size_t before = first.requests().size();
    const failure none = connect_once(context, url, options);
    CHECK_FALSE(none.code);
    REQUIRE(first.requests().size() == before + 4);
    if (!in_url) {
      check_all_there(first.requests()[before]);
      check_all_there(first.requests()[before + 1]);  // the same origin
    } else {
      CHECK(first.field(before + 1, "Authorization") == "Basic dXNlcjpzZWNyZXQ=");
    }
    check_stripped(second.requests().back());
    check_stripped(first.requests()[before + 2]);  // back, and nobody knows who sent us
    check_stripped(first.requests()[before + 3]);
  }
}

TEST_CASE("an origin is scheme, host and port") {
  const auto same = [](const char* left, const char* right) {
    return websock::is_same_origin(http::parse_url(left), http::parse_url(right));
  };
  CHECK(same("ws://h/a", "ws://H:80/b?x"));
  CHECK_FALSE(same("ws://h/", "wss://h/"));
  CHECK_FALSE(same("ws://h/", "wss://h:80/"));
  CHECK_FALSE(same("ws://h/", "ws://h:81/"));
  CHECK_FALSE(same("ws://h/", "ws://sub.h/"));
  CHECK_FALSE(same("ws+unix:/a.sock:/", "ws+unix:/b.sock:/"));
  CHECK_FALSE(same("ws://localhost/", "ws+unix:/b.sock:/"));
}
