// Whom a client believes to be its server.
#include "client/raw_server.hpp"
#include "support/catch.hpp"

using namespace support;
using websock::connect_options;
using websock::errc;
namespace io = websock::io;

namespace {

io::tls_context serving(std::string_view pair) {
  io::tls_server_options options;
  options.identities.push_back(certificates::shared().pair(pair));
  return io::tls_context{options};
}

// The client connects to a server with that certificate. No byte of its request leaves it.
failure connect_to(std::string_view pair, const connect_options& options = trusting_options()) {
  asio::io_context context;
  const raw_server server{context, open_echo, {"127.0.0.1", 0, {}}, serving(pair)};
  failure result = connect_once(context, server.url(), options);
  if (result.code) CHECK(server.requests().empty());
  return result;
}

}  // namespace

TEST_CASE("wss_wrong_host") {
  const failure refused = connect_to("wrong_host");
  CHECK(refused.code == errc::certificate_wrong_host);
  CHECK(refused.code == websock::condition::handshake_failed);
  CHECK_THAT(refused.what, Catch::Matchers::Contains("127.0.0.1: IP address mismatch"));

  // By name, where the address would fit.
  asio::io_context context;
  const raw_server server{context, open_echo, {"127.0.0.1", 0, {}}, serving("server")};
  connect_options options = trusting_options();
  options.network.lookup = [where = server.authority()](
                               std::string, std::uint16_t port,
                               io::address_family family) -> task<std::vector<io::endpoint>> {
    std::vector<io::endpoint> found;
    if (family == io::address_family::ipv4) found.push_back({"127.0.0.1", port, {}});
    co_return found;
  };
  const std::string port = server.authority().substr(server.authority().rfind(':'));
  const failure by_name = connect_once(context, "wss://elsewhere.example" + port + "/", options);
  CHECK(by_name.code == errc::certificate_wrong_host);
  CHECK_THAT(by_name.what, Catch::Matchers::Contains("elsewhere.example: hostname mismatch"));
  CHECK(server.requests().empty());
}

TEST_CASE("wss_untrusted") {
  CHECK(connect_to("untrusted").code == errc::certificate_untrusted);
  CHECK(connect_to("self_signed").code == errc::certificate_untrusted);
  CHECK(connect_to("chain_missing").code == errc::certificate_untrusted);
  CHECK(connect_to("client_usage").code == errc::certificate_untrusted);
  // The authority of the tests is not in the system's store.
  CHECK(connect_to("server", connect_options{}).code == errc::certificate_untrusted);
}

TEST_CASE("wss_expired") {
  CHECK(connect_to("expired").code == errc::certificate_expired);
  const failure early = connect_to("not_yet_valid");
  CHECK(early.code == errc::certificate_expired);
  CHECK_THAT(early.what, Catch::Matchers::Contains("not yet valid"));
}

TEST_CASE("a certificate that signs itself is good for those who trust it") {
  connect_options options;
  options.tls.ca_file = certificates::shared().file("self_signed.pem");
  options.network.lookup = [](std::string, std::uint16_t port,
                              io::address_family) -> task<std::vector<io::endpoint>> {
    std::vector<io::endpoint> found;
    found.push_back({"127.0.0.1", port, {}});
    co_return found;
  };
  asio::io_context context;
  const raw_server server{context, open_echo, {"127.0.0.1", 0, {}}, serving("self_signed")};
  const std::string port = server.authority().substr(server.authority().rfind(':'));
  CHECK_FALSE(connect_once(context, "wss://localhost" + port + "/", options).code);
}

TEST_CASE("a client that verifies nobody is connected to anybody") {
  connect_options options;
  options.tls.verify_peer = false;
  for (const char* const pair : {"untrusted", "expired", "wrong_host", "self_signed"}) {
    CHECK_FALSE(connect_to(pair, options).code);
  }
}

TEST_CASE("a server's alert is what connect fails with") {
  io::tls_server_options asking;
  asking.identities.push_back(certificates::shared().pair("server"));
  asking.clients = io::client_certificate::required;
  asking.client_ca_file = certificates::shared().file("ca.pem");
  asio::io_context context;
  const raw_server server{context, open_echo, {"127.0.0.1", 0, {}}, io::tls_context{asking}};
  const failure refused = connect_once(context, server.url(), trusting_options());
  CHECK(refused.code == websock::condition::disconnected);
  CHECK_THAT(refused.what, Catch::Matchers::Contains("certificate required"));
}

TEST_CASE("files that cannot be used are said before anybody is connected to") {
  connect_options options = trusting_options();
  options.tls.identity = {certificates::shared().file("client.pem"),
                          certificates::shared().file("server.key")};
  asio::io_context context;
  const raw_server server{context, open_echo, {"127.0.0.1", 0, {}}, serving("server")};
  const failure refused = connect_once(context, server.url(), options);
  CHECK(refused.code == errc::tls_configuration);
  CHECK_THAT(refused.what, Catch::Matchers::Contains("server.key: does not belong to the certificate in"));
  CHECK(server.accepted() == 0);
}
