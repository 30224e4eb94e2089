// Which proxy to use.
#include <cstdlib>
#include <span>
#include <string>

#include "client/no_proxy.hpp"
#include "client/tunnel.hpp"
#include "client/tunnel_protocols.hpp"
#include "http/url_kind.hpp"
#include "protocol/authorization.hpp"
#include "websock/http/syntax.hpp"

namespace websock {
namespace {

constexpr std::string_view proxy_schemes[] = {"http", "https", "socks5", "socks5h"};

// What is wrong with the credentials is found before anybody connects.
void check_credentials(const http::url& proxy) {
  if (proxy.userinfo.empty()) return;
  if (is_socks(proxy)) {
    socks_credentials(proxy.userinfo);
  } else {
    protocol::basic_authorization_of(proxy.userinfo);
  }
}

http::url parse(std::string_view text, std::string_view subject) {
  const http::url_kind kind{
      .subject = subject,
      .schemes = proxy_schemes,
      .expectation = "a proxy's URL starts with http://, https://, socks5:// or socks5h://",
      .assumed_scheme = "http",
      .has_target = false,
  };
  http::url proxy = http::parse_url(text, kind);
  check_credentials(proxy);
  return proxy;
}

using environment = std::function<const char*(const char*)>;

std::string value_of(const environment& get, const std::string& name) {
  const char* const value = get(name.c_str());
  return value == nullptr ? std::string{} : std::string{value};
}

std::string upper(std::string name) {
  for (char& letter : name) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  }
  return name;
}

struct variable {
  std::string name;
  std::string value;  // empty: it is not set
};

// In lower case first. HTTP_PROXY is not looked at: a CGI program has there what its client sent as
// the field "Proxy" (CVE-2016-5385, "httpoxy").
variable find_variable(const environment& get, const std::string& name) {
  variable found{name, value_of(get, name)};
  if (found.value.empty() && name != "http_proxy") {
    found.name = upper(name);
    found.value = value_of(get, found.name);
  }
  return found;
}

bool is_secure(const http::url& target) noexcept {
  return target.scheme == "wss" || target.scheme == "https";
}

std::span<const char* const> variables_for(const http::url& target) noexcept {
  static constexpr const char* plain[] = {"ws_proxy", "http_proxy", "all_proxy"};
  static constexpr const char* secure[] = {"wss_proxy", "https_proxy", "all_proxy"};
  return is_secure(target) ? secure : plain;
}

}  // namespace

http::url parse_proxy(std::string_view text) { return parse(text, "proxy"); }

std::optional<http::url> proxy_of_environment(const http::url& target, const environment& get) {
  if (!target.unix_path.empty()) return std::nullopt;
  if (is_excluded(target, find_variable(get, "no_proxy").value)) return std::nullopt;
  for (const char* const name : variables_for(target)) {
    const variable found = find_variable(get, name);
    if (!found.value.empty()) return parse(found.value, found.name);
  }
  return std::nullopt;
}

}  // namespace websock
