// Addresses of stream sockets.
#pragma once

#include <cstdint>
#include <string>

namespace websock::io {

/// IPv4, IPv6 or a Unix path.
struct endpoint {
  std::string address;  ///< IP literal ("127.0.0.1", "::1"); empty for a Unix socket
  std::uint16_t port = 0;
  std::string unix_path;

  /// "127.0.0.1:8888", "[::1]:8888", "unix:/run/websock.sock"
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const endpoint&, const endpoint&) = default;
};

}  // namespace websock::io
