#include <netdb.h>
#include <strings.h>

#include <asio/error.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "io/address.hpp"
#include "io/blocking.hpp"
#include "websock/io/connect.hpp"

namespace websock::io {
namespace {

struct free_list {
  void operator()(addrinfo* first) const noexcept { ::freeaddrinfo(first); }
};

/// One question to the system's resolver. AI_ADDRCONFIG is not asked for: on a machine without a
/// network it finds no address of "localhost" (loopback does not count as configured), and where a
/// family is not routed, a connect fails at once.
struct query {
  query(std::string name, std::uint16_t port, int family)
      : host{std::move(name)}, service{std::to_string(port)} {
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
  }

  void ask() noexcept {
    addrinfo* first = nullptr;
    result = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &first);
    system_error = errno;
    found.reset(first);
  }

  std::string host;
  std::string service;
  addrinfo hints{};
  int result = 0;
  int system_error = 0;
  std::unique_ptr<addrinfo, free_list> found;
};

std::error_code error_of(const query& asked) noexcept {
  switch (asked.result) {
    case EAI_NONAME:
      return asio::error::host_not_found;
    case EAI_NODATA:
    case EAI_ADDRFAMILY:
      return asio::error::no_data;
    case EAI_AGAIN:
      return asio::error::host_not_found_try_again;
    case EAI_MEMORY:
      return std::make_error_code(std::errc::not_enough_memory);
    case EAI_SYSTEM:
      return {asked.system_error, std::generic_category()};
    default:
      return asio::error::no_recovery;
  }
}

[[noreturn]] void throw_resolve_error(std::error_code error, const std::string& host) {
  throw std::system_error{error, "cannot resolve " + host};
}

endpoint endpoint_of(const addrinfo& entry) {
  socket_address address;
  std::memcpy(address.data(), entry.ai_addr, entry.ai_addrlen);
  address.size = entry.ai_addrlen;
  return to_endpoint(address);
}

std::vector<endpoint> answer_of(const query& asked) {
  if (asked.result != 0) throw_resolve_error(error_of(asked), asked.host);
  std::vector<endpoint> endpoints;
  for (const addrinfo* entry = asked.found.get(); entry != nullptr; entry = entry->ai_next) {
    endpoints.push_back(endpoint_of(*entry));
  }
  return endpoints;
}

task<std::vector<endpoint>> look_up(std::string host, std::uint16_t port, int family) {
  // The resolver would read up to the NUL, and find another host than the one that was named.
  if (host.find('\0') != std::string::npos) throw_resolve_error(asio::error::host_not_found, host.c_str());
  const auto asked = std::make_shared<query>(std::move(host), port, family);
  std::function<void()> work = [asked] { asked->ask(); };
  co_await run_blocking(std::move(work));
  co_return answer_of(*asked);
}

// RFC 6761 section 6.3: "Name resolution APIs and libraries SHOULD recognize localhost names as
// special and SHOULD always return the IP loopback address for address queries". The system asks a name
// server for what is not in its file of hosts, which may take seconds, and is none of its business.
bool is_localhost(std::string_view host) noexcept {
  constexpr std::string_view name = "localhost";
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.size() < name.size()) return false;
  const std::string_view before = host.substr(0, host.size() - name.size());
  return (before.empty() || before.ends_with('.')) &&
         ::strncasecmp(host.data() + before.size(), name.data(), name.size()) == 0;
}

task<std::vector<endpoint>> known(std::vector<std::string> addresses, std::uint16_t port) {
  std::vector<endpoint> found;
  for (std::string& address : addresses) found.push_back({std::move(address), port, {}});
  co_return found;
}

}  // namespace

task<std::vector<endpoint>> resolve(std::string host, std::uint16_t port) {
  if (is_ip_literal(host)) return known({std::move(host)}, port);
  if (is_localhost(host)) return known({"::1", "127.0.0.1"}, port);
  return look_up(std::move(host), port, AF_UNSPEC);
}

task<std::vector<endpoint>> resolve(std::string host, std::uint16_t port, address_family family) {
  if (is_localhost(host)) return known({family == address_family::ipv6 ? "::1" : "127.0.0.1"}, port);
  return look_up(std::move(host), port, family == address_family::ipv6 ? AF_INET6 : AF_INET);
}

}  // namespace websock::io
