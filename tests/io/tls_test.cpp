#include "websock/io/tls.hpp"

#include <fstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/faulty_stream.hpp"
#include "support/memory.hpp"
#include "support/raw_peer.hpp"
#include "support/tls_pair.hpp"
#include "websock/core/error.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_sanitized = true;  // what is freed stays with them for a while
#else
constexpr bool is_sanitized = false;
#endif

using namespace websock;
using support::certificates;
using support::client_options;
using support::server_options;
using support::shake_hands;
using support::tls_pair;

namespace {

task<void> write_text(io::byte_stream& to, std::string text) { co_await to.write(text); }

task<void> check_text(io::byte_stream& from, std::string expected) {
  const std::string text = co_await support::read_octets(from, expected.size());
  CHECK(text == expected);
}

void check_exchange(asio::io_context& context, tls_pair& both) {
  REQUIRE(both.client.text.empty());
  REQUIRE(both.server.text.empty());
  support::spawn(context, write_text(*both.client.stream, "question"));
  support::run(context, check_text(*both.server.stream, "question"));
  support::spawn(context, write_text(*both.server.stream, "answer"));
  support::run(context, check_text(*both.client.stream, "answer"));
}

std::error_code read_error(asio::io_context& context, io::byte_stream& from) {
  std::error_code error;
  support::run(context, [](io::byte_stream& stream, std::error_code& into) -> task<void> {
    std::array<std::byte, 64> part;
    try {
      while (true) {
        const std::size_t count = co_await stream.read_some(part);
        if (count == 0) co_return;
      }
    } catch (const std::system_error& thrown) {
      into = thrown.code();
    }
  }(from, error));
  return error;
}

}  // namespace

TEST_CASE("both sides know what was agreed on") {
  asio::io_context context{1};
  auto both = shake_hands(context);
  check_exchange(context, both);
  const auto server = both.server.stream->tls();
  const auto client = both.client.stream->tls();
  CHECK(server->version == "TLSv1.3");
  CHECK(client->version == "TLSv1.3");
  CHECK(client->cipher == "TLS_AES_256_GCM_SHA384");
  CHECK(server->server_name == "localhost");
  CHECK(server->peer_subject.empty());
  CHECK(client->peer_subject == "CN=localhost");
  CHECK_FALSE(client->resumed);
}

TEST_CASE("where TLS 1.3 is the least it is what is spoken") {
  asio::io_context context{1};
  auto server = server_options();
  server.minimum_version = io::tls_version::tls_1_3;
  auto both = shake_hands(context, server);
  check_exchange(context, both);
  CHECK(both.client.stream->tls()->version == "TLSv1.3");
}

namespace {

struct trust_case {
  const char* what;
  const char* pair;
  const char* ca;
  const char* host;
  std::error_code expected;
  const char* text;
};

}  // namespace

TEST_CASE("a client takes only a certificate that is trusted, in its time, and the host's") {
  const std::vector<trust_case> cases{
      {"a name", "server", "ca.pem", "localhost", {}, ""},
      {"an IPv4 address", "server", "ca.pem", "127.0.0.1", {}, ""},
      {"an IPv6 address", "server", "ca.pem", "::1", {}, ""},
      {"a name with a dot at its end", "server", "ca.pem", "localhost.", {}, ""},
      {"an intermediate", "chained", "ca.pem", "localhost", {}, ""},
      {"itself, when it is trusted", "self_signed", "self_signed.pem", "localhost", {}, ""},
      {"the very certificate is trusted", "server", "server.pem", "localhost", {}, ""},
      {"another host", "wrong_host", "ca.pem", "localhost", errc::certificate_wrong_host,
       "hostname mismatch"},
      {"another address", "server", "ca.pem", "127.0.0.2", errc::certificate_wrong_host,
       "IP address mismatch"},
      {"an address with a zone", "server", "ca.pem", "::1%lo", errc::certificate_wrong_host, "mismatch"},
      {"a wildcard for two labels", "c", "ca.pem", "x.y.c.example", errc::certificate_wrong_host, "hostname"},
      {"unknown issuer", "untrusted", "ca.pem", "localhost", errc::certificate_untrusted, "issuer"},
      {"self-signed", "self_signed", "ca.pem", "localhost", errc::certificate_untrusted, "self-signed"},
      {"a link of the chain is missing", "chain_missing", "ca.pem", "localhost", errc::certificate_untrusted,
       "issuer"},
      {"for clients only", "client_usage", "ca.pem", "localhost", errc::certificate_untrusted, "purpose"},
      {"expired", "expired", "ca.pem", "localhost", errc::certificate_expired, "expired"},
      {"not valid yet", "not_yet_valid", "ca.pem", "localhost", errc::certificate_expired, "not yet valid"},
  };
  for (const trust_case& each : cases) {
    INFO(each.what);
    asio::io_context context{1};
    auto both = shake_hands(context, server_options(each.pair), client_options(each.ca), each.host);
    CHECK(both.client.error == each.expected);
    CHECK(both.client.text.find(each.text) != std::string::npos);
    if (!each.expected) {
      check_exchange(context, both);
    } else {
      CHECK(both.client.error == condition::handshake_failed);
      CHECK(both.client.text.find(each.host) != std::string::npos);
      CHECK(both.client.stream == nullptr);
    }
  }
}

TEST_CASE("a client that does not verify takes any certificate, and knows no subject") {
  asio::io_context context{1};
  auto careless = client_options();
  careless.verify_peer = false;
  auto both = shake_hands(context, server_options("expired"), careless, "elsewhere.example");
  check_exchange(context, both);
  CHECK(both.client.stream->tls()->peer_subject.empty());
}

TEST_CASE("a certificate is chosen by the name that the client asks for") {
  auto several = server_options("server");
  for (const char* pair : {"a", "b", "c"}) several.identities.push_back(certificates::shared().pair(pair));
  const std::vector<std::pair<std::string, std::string>> expected{
      {"a.example", "a.example"}, {"b.example", "b.example"}, {"any.c.example", "*.c.example"},
      {"localhost", "localhost"}, {"127.0.0.1", "localhost"}, {"unknown.example", "localhost"}};
  for (const auto& [host, name] : expected) {
    INFO(host);
    asio::io_context context{1};
    auto both = shake_hands(context, several, client_options(), host);
    if (host == "unknown.example") {
      CHECK(both.client.error == errc::certificate_wrong_host);
      continue;
    }
    check_exchange(context, both);
    CHECK(both.client.stream->tls()->peer_subject == "CN=" + name);
  }
}

namespace {

io::tls_server_options asking(io::client_certificate clients) {
  auto options = server_options();
  options.clients = clients;
  options.client_ca_file = certificates::shared().file("ca.pem");
  return options;
}

io::tls_client_options showing(std::string_view pair) {
  auto options = client_options();
  if (!pair.empty()) options.identity = certificates::shared().pair(pair);
  return options;
}

}  // namespace

TEST_CASE("a server that requires a certificate lets nobody in without one") {
  asio::io_context context{1};
  auto both = shake_hands(context, asking(io::client_certificate::required), showing("client"));
  check_exchange(context, both);
  CHECK(both.server.stream->tls()->peer_subject == "CN=alice,O=Example");

  auto without = shake_hands(context, asking(io::client_certificate::required), showing(""));
  CHECK(without.server.error == condition::disconnected);
  CHECK(without.server.text.find("peer did not return a certificate") != std::string::npos);
  // With TLS 1.3 the client is done before the server has judged its certificate.
  REQUIRE(without.client.stream != nullptr);
  const auto refused = read_error(context, *without.client.stream);
  CHECK(refused == condition::disconnected);
  CHECK(refused.message().find("certificate required") != std::string::npos);
}

TEST_CASE("a client's certificate that is not good is refused, also where none is required") {
  for (const auto clients : {io::client_certificate::optional, io::client_certificate::required}) {
    for (const auto& [pair, expected] :
         std::vector<std::pair<const char*, errc>>{{"client_untrusted", errc::certificate_untrusted},
                                                   {"client_expired", errc::certificate_expired}}) {
      INFO(pair);
      asio::io_context context{1};
      auto both = shake_hands(context, asking(clients), showing(pair));
      CHECK(both.server.error == expected);
    }
  }
}

TEST_CASE("an optional certificate may be missing") {
  asio::io_context context{1};
  auto without = shake_hands(context, asking(io::client_certificate::optional), showing(""));
  check_exchange(context, without);
  CHECK(without.server.stream->tls()->peer_subject.empty());
  auto with = shake_hands(context, asking(io::client_certificate::optional), showing("client"));
  check_exchange(context, with);
  CHECK(with.server.stream->tls()->peer_subject == "CN=alice,O=Example");
}

// --- The end -------------------------------------------------------------------------------------

TEST_CASE("close_notify is the end of the stream, and its absence is a truncation") {
  asio::io_context context{1};
  auto clean = shake_hands(context);
  clean.server.stream->close();
  CHECK(read_error(context, *clean.client.stream) == std::error_code{});

  auto [left, right] = io::memory_pair(context.get_executor());
  io::byte_stream& wire = *left;
  auto cut = shake_hands(context, std::move(left), std::move(right));
  wire.close();
  const auto error = read_error(context, *cut.client.stream);
  CHECK(error == errc::tls_truncated);
  CHECK(error == condition::disconnected);
  CHECK(read_error(context, *cut.client.stream) == errc::tls_truncated);  // and stays one
}

TEST_CASE("close_notify that has no room yet is sent when there is") {
  constexpr std::size_t capacity = 4000;
  constexpr std::size_t overhead = 22;  // of a record of TLS 1.3
  asio::io_context context{1};
  auto both = shake_hands(context, server_options(), client_options(), "localhost", capacity);
  check_exchange(context, both);
  const std::string text(capacity - overhead - 10, 'x');
  support::run(context, write_text(*both.client.stream, text));
  both.client.stream->shutdown_send();
  support::run(context, [](io::byte_stream& from, std::string expected) -> task<void> {
    const std::string got = co_await support::read_to_end(from);
    CHECK(got == expected);
  }(*both.server.stream, text));
}

TEST_CASE("a record that was changed on its way ends the stream") {
  asio::io_context context{1};
  auto [left, right] = io::memory_pair(context.get_executor());
  io::byte_stream& wire = *left;
  auto both = shake_hands(context, std::move(left), std::move(right));
  std::error_code ignored;
  const std::string forged = support::octets("17 03 03 00 20") + std::string(32, 'x');
  const bytes_view part = as_bytes(std::string_view{forged});
  CHECK(wire.try_write({&part, 1}, ignored) == forged.size());
  const auto error = read_error(context, *both.client.stream);
  CHECK(error.message().find("bad record mac") != std::string::npos);
  // The peer learns it by an alert.
  CHECK(read_error(context, *both.server.stream).message().find("bad record mac") != std::string::npos);
}

TEST_CASE("a peer that speaks no TLS gets no stream") {
  for (const char* text : {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "\x16\x03\x01\xff\xff"}) {
    asio::io_context context{1};
    auto [left, right] = io::memory_pair(context.get_executor());
    support::tls_side side;
    const io::tls_context server{server_options()};
    support::spawn(context, support::keep_side(io::accept_tls(std::move(left), server), side));
    support::run(context, write_text(*right, text));
    right->shutdown_send();
    support::poll_until(context, [&] { return side.done; });
    CHECK(side.error == condition::disconnected);
  }
}

// --- All that may go wrong -----------------------------------------------------------------------

TEST_CASE("whatever operation fails, a TLS stream fails or gives all") {
  bool succeeded = false;
  for (std::size_t n = 0; !succeeded; ++n) {
    INFO(n);
    REQUIRE(n < 500);
    asio::io_context context{1};
    auto [left, right] = io::memory_pair(context.get_executor(), 500);
    const auto account = std::make_shared<support::stream_account>();
    account->fail_at = n;
    auto faulty = std::make_unique<support::faulty_stream>(std::move(left), account);
    support::tls_side server;
    support::tls_side client;
    support::spawn(
        context,
        support::keep_side(io::accept_tls(std::move(faulty), io::tls_context{server_options()}), server));
    support::spawn(
        context,
        support::keep_side(io::connect_tls(std::move(right), io::tls_context{client_options()}, "localhost"),
                           client));
    support::poll_until(context, [&] { return server.done; });
    if (server.error) {
      CHECK(server.error == asio::error::connection_reset);
      continue;
    }
    support::poll_until(context, [&] { return client.done; });
    REQUIRE(client.stream != nullptr);
    const std::string sent(3000, 'x');
    support::spawn(context, write_text(*client.stream, sent));
    const auto reads = [](io::byte_stream& from, std::string expected, bool& whole) -> task<void> {
      try {
        const std::string got = co_await support::read_octets(from, expected.size());
        CHECK(got == expected);
        whole = true;
      } catch (const std::system_error& error) {
        CHECK(error.code() == asio::error::connection_reset);
      }
    };
    support::run(context, reads(*server.stream, sent, succeeded));
  }
}

TEST_CASE("a TLS stream gets along with an inner one that takes a byte at a time") {
  asio::io_context context{1};
  auto both = shake_hands(context, server_options(), client_options(), "localhost", 1);
  check_exchange(context, both);
}

TEST_CASE("an idle TLS stream holds no buffers") {
  constexpr std::size_t pairs = 50;
  constexpr std::size_t largest_record = 16 * 1024;
  asio::io_context context{1};
  const io::tls_context server{server_options()};
  const io::tls_context client{client_options()};
  std::vector<tls_pair> idle;
  const auto add_pair = [&] {
    auto [left, right] = io::memory_pair(context.get_executor());
    idle.push_back(shake_hands(context, std::move(left), std::move(right), server, client));
    check_exchange(context, idle.back());
  };
  add_pair();  // with what is made once
  const websock::test::memory_growth growth;
  for (std::size_t i = 0; i < pairs; ++i) add_pair();
  CAPTURE(growth.bytes() / (2 * pairs));
  if (!is_sanitized) CHECK(growth.bytes() / (2 * pairs) < 2 * largest_record);  // two buffers would be more
}

namespace {

std::string error_of(const io::tls_server_options& options) {
  try {
    const io::tls_context made{options};
  } catch (const std::system_error& error) {
    CHECK(error.code() == errc::tls_configuration);
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("files that cannot be used are named, with what is wrong with them") {
  const certificates& all = certificates::shared();
  const auto with = [&](const std::string& certificate, const std::string& key) {
    io::tls_server_options options;
    options.identities.push_back({certificate, key});
    return options;
  };
  const std::string good = all.file("server.pem");
  const std::string key = all.file("server.key");
  using Catch::Matchers::Contains;
  CHECK_THAT(error_of({}), Contains("needs a certificate"));
  CHECK_THAT(error_of(with("/nowhere/x.pem", key)),
             Contains("/nowhere/x.pem: cannot be opened: No such file"));
  CHECK_THAT(error_of(with(key, key)), Contains("server.key: has no certificate"));
  CHECK_THAT(error_of(with(good, good)), Contains("server.pem: has no private key"));
  CHECK_THAT(error_of(with(good, all.file("encrypted.key"))), Contains("encrypted.key: is encrypted"));
  CHECK_THAT(error_of(with(good, all.file("unrelated.key"))),
             Contains("unrelated.key: does not belong to the certificate in ") && Contains("server.pem"));
  auto asks = with(good, key);
  asks.clients = io::client_certificate::required;
  CHECK_THAT(error_of(asks), Contains("who may issue them"));
  asks.client_ca_file = key;
  CHECK_THAT(error_of(asks), Contains("server.key: has no certificates"));
}
