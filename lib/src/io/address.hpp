// Between endpoints as people write them and the socket addresses of the system.
#pragma once

#include <sys/socket.h>

#include <string_view>

#include "websock/io/endpoint.hpp"

namespace websock::io {

struct socket_address {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  [[nodiscard]] sockaddr* data() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] const sockaddr* data() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] int family() const noexcept { return storage.ss_family; }
};

/// Throws `std::system_error{invalid_argument}` for what is no IP literal or too long a path.
socket_address to_socket_address(const endpoint& where);
/// "127.0.0.1", "::1"; no brackets.
bool is_ip_literal(const std::string& text) noexcept;
endpoint to_endpoint(const socket_address& address);

/// "192.0.2.1" of "192.0.2.1:5000", "2001:db8::1" of "[2001:db8::1]:5000", "" of "unix".
std::string_view address_of(std::string_view remote_endpoint) noexcept;

/// The other end of a connected socket; an empty endpoint when it is not known.
endpoint peer_of(int fd) noexcept;

}  // namespace websock::io
