#include "server/config_tls.hpp"

#include <filesystem>
#include <system_error>

namespace websock {
namespace {

std::string file_of(const config_node& at) {
  std::string path = at.text();
  if (path.empty()) at.fail_expected("the path of a PEM file");
  return path;
}

constexpr config_key<io::tls_key_pair> pair_keys[] = {
    {"certificate",
     [](const config_node& at, io::tls_key_pair& into) { into.certificate_file = file_of(at); }},
    {"key", [](const config_node& at, io::tls_key_pair& into) { into.key_file = file_of(at); }},
};

// Both or it fails, at the one that is missing.
void require_pair(const config_node& at) {
  (void)at.member("certificate");
  (void)at.member("key");
}

void read_certificates(const config_node& at, io::tls_server_options& into) {
  for (const config_node& element : at.elements()) {
    io::tls_key_pair pair;
    element.read<io::tls_key_pair>(pair_keys, pair);
    require_pair(element);
    into.identities.push_back(std::move(pair));
  }
  if (into.identities.empty()) at.fail_expected("at least one certificate with its key");
}

void read_clients(const config_node& at, io::tls_server_options& into) {
  const std::string text = at.text();
  if (text == "none") {
    into.clients = io::client_certificate::none;
  } else if (text == "optional") {
    into.clients = io::client_certificate::optional;
  } else if (text == "required") {
    into.clients = io::client_certificate::required;
  } else {
    at.fail_expected(R"("none", "optional" or "required")");
  }
}

void read_version(const config_node& at, io::tls_server_options& into) {
  const std::string text = at.text();
  if (text != "1.2" && text != "1.3") at.fail_expected(R"("1.2" or "1.3")");
  into.minimum_version = text == "1.3" ? io::tls_version::tls_1_3 : io::tls_version::tls_1_2;
}

void read_single(const config_node& at, io::tls_server_options& into, std::string io::tls_key_pair::* file) {
  if (into.identities.empty()) into.identities.emplace_back();
  into.identities.front().*file = file_of(at);
}

constexpr config_key<io::tls_server_options> tls_keys[] = {
    {"certificate",
     [](const config_node& at, io::tls_server_options& into) {
       read_single(at, into, &io::tls_key_pair::certificate_file);
     }},
    {"key", [](const config_node& at,
               io::tls_server_options& into) { read_single(at, into, &io::tls_key_pair::key_file); }},
    {"certificates", read_certificates},
    {"client_certificate", read_clients},
    {"client_ca",
     [](const config_node& at, io::tls_server_options& into) { into.client_ca_file = file_of(at); }},
    {"minimum_version", read_version},
};

}  // namespace

void read_tls(const config_node& at, listener_config& into) {
  at.read<io::tls_server_options>(tls_keys, into.tls.emplace());
  const bool has_single = at.has("certificate") || at.has("key");
  if (has_single && at.has("certificates")) {
    at.fail("expected either \"certificate\" and \"key\" or \"certificates\", got both");
  }
  if (!at.has("certificates")) require_pair(at);
  const bool asks = into.tls->clients != io::client_certificate::none;
  if (asks) (void)at.member("client_ca");
  if (!asks && at.has("client_ca")) {
    at.fail(R"("client_ca" is of use only with "client_certificate": "optional" or "required")");
  }
}

void resolve_tls(const config_node& at, io::tls_server_options& options, const std::string& base) {
  const auto complete = [&base](std::string& path) {
    if (!path.empty()) path = (std::filesystem::path{base} / path).lexically_normal().string();
  };
  complete(options.client_ca_file);
  for (io::tls_key_pair& pair : options.identities) {
    complete(pair.certificate_file);
    complete(pair.key_file);
  }
  try {
    const io::tls_context checked{options};
  } catch (const std::system_error& error) {
    at.fail(error.what());
  }
}

}  // namespace websock
