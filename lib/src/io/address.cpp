#include "io/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <system_error>

namespace websock::io {
namespace {

socket_address unix_address(const std::string& path) {
  socket_address result;
  auto& address = reinterpret_cast<sockaddr_un&>(result.storage);
  if (path.size() >= sizeof address.sun_path) {
    throw std::system_error{std::make_error_code(std::errc::filename_too_long),
                            "the path of a Unix socket, " + path};
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  result.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return result;
}

}  // namespace

std::string endpoint::to_string() const {
  if (!unix_path.empty()) return "unix:" + unix_path;
  const bool is_v6 = address.find(':') != std::string::npos;
  return (is_v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

socket_address to_socket_address(const endpoint& where) {
  if (!where.unix_path.empty()) return unix_address(where.unix_path);
  socket_address result;
  auto& v4 = reinterpret_cast<sockaddr_in&>(result.storage);
  if (::inet_pton(AF_INET, where.address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(where.port);
    result.size = sizeof v4;
    return result;
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(result.storage);
  if (::inet_pton(AF_INET6, where.address.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(where.port);
    result.size = sizeof v6;
    return result;
  }
  throw std::system_error{std::make_error_code(std::errc::invalid_argument),
                          "\"" + where.address + "\" is no IPv4 or IPv6 address"};
}

bool is_ip_literal(const std::string& text) noexcept {
  in6_addr ignored;
  if (text.find('\0') != std::string::npos) return false;  // would end before the text does
  return ::inet_pton(AF_INET, text.c_str(), &ignored) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &ignored) == 1;
}

endpoint to_endpoint(const socket_address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  endpoint result;
  if (address.family() == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address.storage);
    result.address = ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    result.port = ntohs(v4.sin_port);
  } else if (address.family() == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address.storage);
    result.address = ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    result.port = ntohs(v6.sin6_port);
  } else if (address.family() == AF_UNIX && address.size > offsetof(sockaddr_un, sun_path)) {
    result.unix_path = reinterpret_cast<const sockaddr_un&>(address.storage).sun_path;
  }
  return result;
}

std::string_view address_of(std::string_view remote_endpoint) noexcept {
  const std::size_t colon = remote_endpoint.rfind(':');
  if (colon == std::string_view::npos) return {};
  const std::string_view address = remote_endpoint.substr(0, colon);
  return address.starts_with('[') ? address.substr(1, address.size() - 2) : address;
}

endpoint peer_of(int fd) noexcept {
  socket_address address;
  if (fd < 0 || ::getpeername(fd, address.data(), &address.size) != 0) return {};
  return to_endpoint(address);
}

}  // namespace websock::io
