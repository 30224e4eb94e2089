// open_tunnel against proxies that keep to the protocol, and such that do not.
#include "client/tunnel.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/faulty_stream.hpp"
#include "support/raw_peer.hpp"
#include "support/run.hpp"
#include "support/spawn.hpp"
#include "websock/client/connect.hpp"
#include "websock/io/memory_pair.hpp"

using namespace websock;
using support::octets;

namespace {

/// What a proxy reads, and what it says to that.
struct step {
  std::string request;
  std::string answer;
};
using script = std::vector<step>;

/// What became of a call of `open_tunnel`.
struct outcome {
  std::error_code error;
  std::string what;
  std::optional<http::response> response;
  bool ended = false;
};

task<void> next_turn() {
  const auto executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::use_awaitable);
}

// In two pieces, cut at `cut`, or octet by octet (0); each is read before the next one comes.
task<void> write_in_pieces(io::byte_stream& wire, std::string text, std::size_t cut) {
  std::string_view rest = text;
  std::size_t size = cut == 0 ? 1 : cut;
  while (!rest.empty()) {
    const std::string_view piece = rest.substr(0, size);
    co_await wire.write(piece);
    rest.remove_prefix(piece.size());
    if (cut != 0) size = text.size();
    for (int turn = 0; turn < 4; ++turn) co_await next_turn();
  }
}

/// Plays its part, and then ends its side.
task<void> play(io::byte_stream& wire, script steps, std::size_t cut) {
  for (const step& one : steps) {
    const std::string request = co_await support::read_octets(wire, one.request.size());
    CHECK(request == one.request);
    co_await write_in_pieces(wire, one.answer, cut);
  }
  wire.shutdown_send();
}

task<void> store(task<void> opening, outcome& into) {
  try {
    co_await std::move(opening);
  } catch (const handshake_error& error) {
    into.error = error.code();
    into.what = error.what();
    into.response = error.response();
  } catch (const std::system_error& error) {
    into.error = error.code();
    into.what = error.what();
  }
  into.ended = true;
}

struct target {
  const char* host = "example.com";
  std::uint16_t port = 443;
};

/// The outcome against a proxy; what came through the tunnel is in `behind`.
outcome open_against(const std::string& proxy, const script& steps, std::size_t cut, std::string& behind,
                     const target& where = {}) {
  asio::io_context context{1};
  const auto [client, wire] = io::memory_pair(context.get_executor());
  outcome result;
  support::spawn(context, play(*wire, steps, cut));
  support::run(context, store(open_tunnel(*client, parse_proxy(proxy), where.host, where.port), result));
  if (result.error) {
    client->close();
    context.restart();
    context.poll();
    return result;
  }
  support::run(context, [](io::byte_stream& from, std::string& into) -> task<void> {
    into = co_await support::read_to_end(from);
  }(*client, behind));
  return result;
}

/// The same outcome, however the answers are cut.
outcome open_in_all_pieces(const std::string& proxy, const script& steps, const std::string& behind = {},
                           const target& where = {}) {
  std::size_t longest = 0;
  for (const step& one : steps) longest = std::max(longest, one.answer.size());
  outcome result;
  for (std::size_t cut = 0; cut <= longest; ++cut) {
    CAPTURE(cut);
    std::string received;
    outcome now = open_against(proxy, steps, cut, received, where);
    CHECK(received == behind);
    if (cut != 0) {
      CHECK(now.error == result.error);
      CHECK(now.what == result.what);
    }
    result = std::move(now);
  }
  return result;
}

const std::string connect_example = "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n";

}  // namespace

// --- HTTP CONNECT ------------------------------------------------------------------------------

TEST_CASE("any 2xx opens the tunnel, and nothing behind its head is lost") {
  for (const std::string head : {
           "HTTP/1.1 200 Connection established\r\n\r\n",
           "HTTP/1.0 200 Connection established\r\nProxy-agent: x\r\n\r\n",
           "HTTP/1.1 204 \r\n\r\n",
           "HTTP/1.1 299 what\r\nServer: \r\n\r\n",
           "\r\nHTTP/1.1 200 OK\r\n\r\n",
           "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 \r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
           // RFC 9110 section 9.3.6: to be ignored
           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
       }) {
    CAPTURE(head);
    const script steps{{connect_example, head + "\r\n\r\nhello from behind"}};
    const outcome result = open_in_all_pieces("http://proxy.test:3128", steps, "\r\n\r\nhello from behind");
    CHECK_FALSE(result.error);
  }
}

TEST_CASE("the request names the host as it is, and an IPv6 address in brackets") {
  const std::string ok = "HTTP/1.1 200 OK\r\n\r\n";
  const script ipv6{{"CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n\r\n", ok}};
  CHECK_FALSE(open_in_all_pieces("http://proxy.test", ipv6, "", {"2001:db8::1", 8443}).error);
  const script plain{{"CONNECT example.com:80 HTTP/1.1\r\nHost: example.com:80\r\n\r\n", ok}};
  CHECK_FALSE(open_in_all_pieces("http://proxy.test", plain, "", {"example.com", 80}).error);
}

TEST_CASE("a host that would break the request is not sent") {
  std::string behind;
  for (const char* const host : {"a\r\nX: y", "a b"}) {
    const outcome result = open_against("http://proxy.test", {}, 0, behind, {host, 443});
    CHECK(result.error == errc::field_invalid);
  }
}

TEST_CASE("the proxy's user name and password are presented decoded") {
  const script steps{
      {"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n"
       "Proxy-Authorization: Basic dXNlcjpwQHc=\r\n\r\n",
       "HTTP/1.1 200 OK\r\n\r\n"}};
  CHECK_FALSE(open_in_all_pieces("http://user:p%40w@proxy.test:3128", steps).error);
}

TEST_CASE("another status is a refusal with the proxy's response") {
  const std::string answer =
      "HTTP/1.1 407 Whatever\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 6\r\n\r\ndenied";
  const outcome result = open_in_all_pieces("http://proxy.test:3128", {{connect_example, answer}});
  CHECK(result.error == errc::proxy_refused);
  CHECK(result.error == condition::handshake_failed);
  CHECK_THAT(result.what, Catch::StartsWith("proxy proxy.test:3128: 407"));
  REQUIRE(result.response);
  CHECK(static_cast<unsigned>(result.response->status) == 407);
  CHECK(result.response->fields.find("Proxy-Authenticate") == "Basic realm=\"x\"");
  CHECK(result.response->body == "denied");
}

TEST_CASE("a 101 opens no tunnel") {
  const script steps{
      {connect_example, "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"}};
  CHECK(open_in_all_pieces("http://proxy.test", steps).error == errc::proxy_refused);
}

TEST_CASE("a refusal whose body is cut off or broken is told with what came") {
  const script cut_off{{connect_example, "HTTP/1.1 502 x\r\nContent-Length: 100\r\n\r\nsome"}};
  CHECK(open_in_all_pieces("http://proxy.test", cut_off).response->body == "some");
  const script no_length{{connect_example, "HTTP/1.1 502 x\r\n\r\nsome"}};
  CHECK(open_in_all_pieces("http://proxy.test", no_length).response->body == "some");
  const script broken{
      {connect_example, "HTTP/1.1 502 x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\nzz"}};
  CHECK(open_in_all_pieces("http://proxy.test", broken).response->body == "some");
}

TEST_CASE("what is no HTTP is said to be none, and a cut-off head to be lost") {
  struct vector {
    std::string answer;
    errc error;
  };
  for (const auto& [answer, error] : {
           vector{"", errc::connection_lost},
           vector{"HTTP/1.1 200 OK\r\nA: b\r\n", errc::connection_lost},
           vector{"HTTP/1.1 100 \r\n\r\n", errc::connection_lost},
           vector{"SSH-2.0-OpenSSH\r\n\r\n", errc::http_malformed},
           vector{"HTTP/2 200\r\n\r\n", errc::http_malformed},
           vector{"HTTP/1.1 200 OK\n\n", errc::http_malformed},
           vector{"\x05\xff", errc::http_malformed},
       }) {
    CAPTURE(answer);
    const outcome result = open_in_all_pieces("http://user:secret@proxy.test:3128", {{"CONNECT ", answer}});
    CHECK(result.error == error);
    CHECK_THAT(result.what, Catch::StartsWith("the answer of proxy proxy.test:3128"));
  }
}

namespace {

// Says `begin`, and then `more` for as long as anybody reads.
task<void> flood(io::byte_stream& wire, std::string begin, std::string more) {
  co_await wire.write(begin);
  while (true) co_await wire.write(more);
}

outcome open_against_flood(const std::string& begin, const std::string& more) {
  asio::io_context context{1};
  const auto [client, wire] = io::memory_pair(context.get_executor());
  outcome result;
  support::spawn(context, flood(*wire, begin, more));
  support::run(context,
               store(open_tunnel(*client, parse_proxy("http://proxy.test"), "example.com", 443), result));
  return result;
}

}  // namespace

TEST_CASE("a head without end is refused at its limit") {
  CHECK(open_against_flood("HTTP/1.1 200 OK\r\n", "Field: value\r\n").error == errc::http_head_too_large);
  CHECK(open_against_flood("HTTP/1.1 200 ", "x").error == errc::http_head_too_large);
  CHECK(open_against_flood("", "HTTP/1.1 100 Continue\r\n\r\n").error == errc::http_head_too_large);
}

TEST_CASE("a body without end is cut at 64 KiB") {
  const outcome result = open_against_flood("HTTP/1.1 403 no\r\n\r\n", std::string(1000, 'x'));
  CHECK(result.error == errc::proxy_refused);
  CHECK(result.response->body.size() == 64 * 1024);
  const outcome chunked = open_against_flood("HTTP/1.1 403 no\r\nTransfer-Encoding: chunked\r\n\r\n",
                                             "1;extension=long\r\nx\r\n");
  CHECK(chunked.error == errc::proxy_refused);
  CHECK(chunked.response->body.size() <= 64 * 1024);
}

// --- SOCKS5 ------------------------------------------------------------------------------------

namespace {

const std::string socks_request = octets("05 01 00 03 0b") + "example.com" + octets("01 bb");
const step no_authentication{octets("05 01 00"), octets("05 00")};

script with_reply(const std::string& reply) { return {no_authentication, {socks_request, reply}}; }

}  // namespace

TEST_CASE("a SOCKS5 proxy resolves the name, and nothing behind its reply is lost") {
  for (const char* const scheme : {"socks5", "socks5h"}) {
    for (const char* const reply : {
             "05 00 00 01 7f 00 00 01 04 38",
             "05 00 00 04 00000000 00000000 00000000 00000001 04 38",
             "05 00 00 03 03 612e62 04 38",
             "05 00 00 03 00 04 38",
         }) {
      CAPTURE(scheme, reply);
      const script steps = with_reply(octets(reply) + "hello from behind");
      const outcome result =
          open_in_all_pieces(scheme + std::string{"://proxy.test"}, steps, "hello from behind");
      CHECK_FALSE(result.error);
    }
  }
}

TEST_CASE("a SOCKS5 proxy is given addresses as such") {
  const std::string reply = octets("05 00 00 01 00000000 0000");
  const script ipv4{no_authentication, {octets("05 01 00 01 c0000201 0050"), reply}};
  CHECK_FALSE(open_in_all_pieces("socks5://p", ipv4, "", {"192.0.2.1", 80}).error);
  const script ipv6{no_authentication,
                    {octets("05 01 00 04 20010db8 00000000 00000000 00000001 0050"), reply}};
  CHECK_FALSE(open_in_all_pieces("socks5://p", ipv6, "", {"2001:db8::1", 80}).error);
}

TEST_CASE("a SOCKS5 proxy is told the user name and password when it asks for them") {
  const step choice{octets("05 02 00 02"), octets("05 02")};
  const step credentials{octets("01 04") + "user" + octets("03") + "p@w", octets("01 00")};
  const step request{socks_request, octets("05 00 00 01 00000000 0000")};
  CHECK_FALSE(open_in_all_pieces("socks5://user:p%40w@p", {choice, credentials, request}).error);
  const step free_choice{octets("05 02 00 02"), octets("05 00")};
  CHECK_FALSE(open_in_all_pieces("socks5://user:p%40w@p", {free_choice, request}).error);
}

TEST_CASE("user name and password may have 255 octets each") {
  const std::string text(255, 'x');
  const step choice{octets("05 02 00 02"), octets("05 02")};
  const step credentials{octets("01 ff") + text + octets("ff") + text, octets("01 00")};
  const step request{socks_request, octets("05 00 00 01 00000000 0000")};
  const std::string proxy = "socks5://" + text + ":" + text + "@p";
  CHECK_FALSE(open_in_all_pieces(proxy, {choice, credentials, request}).error);
}

TEST_CASE("why a SOCKS5 proxy opens no tunnel is said") {
  struct vector {
    const char* text;
    std::string proxy;
    script steps;
  };
  const std::string plain = "socks5://proxy.test";
  const std::string secret = "socks5://user:secret@proxy.test";
  const step choice{octets("05 02 00 02"), octets("05 02")};
  const std::string credentials = octets("01 04") + "user" + octets("06") + "secret";
  const std::vector<vector> vectors{
      {"general SOCKS server failure", plain, with_reply(octets("05 01"))},
      {"connection not allowed by ruleset", plain, with_reply(octets("05 02 00 01 00000000 0000"))},
      {"network unreachable", plain, with_reply(octets("05 03 00 01 00000000 0000"))},
      {"host unreachable", plain, with_reply(octets("05 04 00 01 00000000 0000"))},
      {"connection refused", plain, with_reply(octets("05 05 00 01 00000000 0000"))},
      {"TTL expired", plain, with_reply(octets("05 06 00 01 00000000 0000"))},
      {"command not supported", plain, with_reply(octets("05 07 00 01 00000000 0000"))},
      {"address type not supported", plain, with_reply(octets("05 08 00 01 00000000 0000"))},
      {"unassigned reply 9", plain, with_reply(octets("05 09 00 01 00000000 0000"))},
      {"unassigned reply 255", plain, with_reply(octets("05 ff 00 01 00000000 0000"))},
      {"not a SOCKS5 proxy: its answer begins with 4", plain,
       with_reply(octets("04 00 00 01 00000000 0000"))},
      {"a reserved octet that is not zero", plain, with_reply(octets("05 00 01 01 00000000 0000"))},
      {"an address of an unknown type", plain, with_reply(octets("05 00 00 02 00000000 0000"))},
      {"it wants a user name and a password", plain, {{octets("05 01 00"), octets("05 ff")}}},
      {"an authentication that was not offered", plain, {{octets("05 01 00"), octets("05 02")}}},
      {"an authentication that was not offered", plain, {{octets("05 01 00"), octets("05 01")}}},
      {"not a SOCKS5 proxy: its answer begins with 72",
       plain,
       {{octets("05 01 00"), "HTTP/1.1 400 no\r\n\r\n"}}},
      {"it takes no user name and password", secret, {{octets("05 02 00 02"), octets("05 ff")}}},
      {"wrong user name or password", secret, {choice, {credentials, octets("01 01")}}},
      {"its answer begins with 5", secret, {choice, {credentials, octets("05 00")}}},
  };
  for (const auto& [text, proxy, steps] : vectors) {
    CAPTURE(text);
    script padded = steps;  // what it says is not a matter of how long its answer is
    if (padded.back().answer == octets("05 01")) padded.back().answer += octets("00 01");
    const outcome result = open_in_all_pieces(proxy, padded);
    CHECK(result.error == errc::proxy_refused);
    CHECK_THAT(result.what, Catch::StartsWith("proxy proxy.test:1080: ") && Catch::Contains(text));
    CHECK_THAT(result.what, !Catch::Contains("secret"));
  }
}

TEST_CASE("a SOCKS5 proxy that goes away in the middle is an error, wherever that is") {
  const std::string reply = octets("05 00 00 03 03 612e62 04 38");
  for (std::size_t size = 0; size < reply.size(); ++size) {
    const outcome result = open_in_all_pieces("socks5://proxy.test", with_reply(reply.substr(0, size)));
    CHECK(result.error == errc::connection_lost);
    CHECK_THAT(result.what, Catch::StartsWith("the answer of proxy proxy.test:1080"));
  }
  for (const char* const answer : {"", "05"}) {
    const script steps{{octets("05 01 00"), octets(answer)}};
    CHECK(open_in_all_pieces("socks5://proxy.test", steps).error == errc::connection_lost);
  }
}

TEST_CASE("a host name that is too long for SOCKS5 is not sent") {
  std::string behind;
  const std::string host(256, 'x');
  const outcome result = open_against("socks5://proxy.test", {}, 0, behind, {host.c_str(), 443});
  CHECK(result.error == errc::proxy_refused);
  CHECK_THAT(result.what, Catch::Contains("a host name has 1 to 255 octets"));
}

// --- Both --------------------------------------------------------------------------------------

namespace {

struct example {
  const char* proxy;
  script steps;
};

const std::vector<example>& examples() {
  static const std::vector<example> all{
      {"http://proxy.test", {{connect_example, "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"}}},
      {"http://proxy.test", {{connect_example, "HTTP/1.1 403 no\r\nContent-Length: 2\r\n\r\nno"}}},
      {"socks5://u:p@proxy.test",
       {{octets("05 02 00 02"), octets("05 02")},
        {octets("01 01 75 01 70"), octets("01 00")},
        {socks_request, octets("05 00 00 03 03 612e62 04 38")}}},
  };
  return all;
}

}  // namespace

TEST_CASE("whichever operation of the stream fails, the tunnel's opening ends") {
  for (const auto& [proxy, steps] : examples()) {
    CAPTURE(proxy);
    bool failed = true;
    for (std::size_t fail_at = 0; failed; ++fail_at) {
      asio::io_context context{1};
      auto [client, wire] = io::memory_pair(context.get_executor());
      const auto account = std::make_shared<support::stream_account>();
      account->fail_at = fail_at;
      support::faulty_stream faulty{std::move(client), account};
      outcome result;
      support::spawn(context, play(*wire, steps, 0));
      support::run(context, store(open_tunnel(faulty, parse_proxy(proxy), "example.com", 443), result));
      failed = account->operations > fail_at;
      const bool told =
          !failed || result.error == asio::error::connection_reset || result.error == errc::proxy_refused;
      CHECK(told);
    }
  }
}

TEST_CASE("opening a tunnel can be cancelled after any turn") {
  for (const auto& [proxy, steps] : examples()) {
    CAPTURE(proxy);
    bool runs = true;
    for (int turns = 1; runs; ++turns) {
      asio::io_context context{1};
      const auto [client, wire] = io::memory_pair(context.get_executor());
      asio::cancellation_signal stop;
      outcome result;
      asio::co_spawn(context, store(open_tunnel(*client, parse_proxy(proxy), "example.com", 443), result),
                     asio::bind_cancellation_slot(stop.slot(), asio::detached));
      support::spawn(context, play(*wire, steps, 0));
      for (int turn = 0; turn < turns && !result.ended; ++turn) context.run_one_for(support::bound);
      runs = !result.ended;
      stop.emit(asio::cancellation_type::terminal);
      support::poll_until(context, [&] { return result.ended; });
      const bool told = !runs || !result.error || result.error == asio::error::operation_aborted ||
                        result.error == errc::proxy_refused;
      CHECK(told);
    }
  }
}

TEST_CASE("the proxy may go away once open_tunnel has returned its task") {
  asio::io_context context{1};
  const auto [client, wire] = io::memory_pair(context.get_executor());
  std::optional<http::url> proxy{parse_proxy("http://proxy.test")};
  support::spawn(context, play(*wire, {{connect_example, "HTTP/1.1 200 OK\r\n\r\n"}}, 1));
  outcome result;
  task<void> opening = open_tunnel(*client, *proxy, "example.com", 443);
  proxy.reset();
  support::run(context, store(std::move(opening), result));
  CHECK_FALSE(result.error);
}
