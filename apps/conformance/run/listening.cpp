#include "run/listening.hpp"

#include <asio/ip/address.hpp>

#include "websock/server/config.hpp"

namespace conformance {

websock::io::endpoint listening_endpoint(const specification& wanted) {
  websock::io::endpoint where;
  where.address = wanted.url.host == "localhost" ? "127.0.0.1" : wanted.url.host;
  where.port = wanted.url.port;
  std::error_code error;
  asio::ip::make_address(where.address, error);
  if (!error) return where;
  throw websock::config_error{
      "expected an IP address to listen on (\"127.0.0.1\", \"[::1]\", \"0.0.0.0\" for all) or \"localhost\", "
      "got \"" +
      wanted.url.host + "\""};
}

std::optional<websock::io::tls_server_options> listening_tls(const specification& wanted) {
  if (wanted.url.scheme != "wss") return std::nullopt;
  if (wanted.identity.certificate_file.empty() || wanted.identity.key_file.empty()) {
    throw websock::config_error{"wss needs a certificate and its key: \"cert\" and \"key\", PEM files"};
  }
  websock::io::tls_server_options options;
  options.identities.push_back(wanted.identity);
  return options;
}

std::string url_of(const specification& wanted, const websock::io::endpoint& local) {
  websock::http::url url = wanted.url;
  url.host = local.address;
  url.port = local.port;
  return url.origin();
}

}  // namespace conformance
