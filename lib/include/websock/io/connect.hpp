// Connecting, and finding out where to.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "websock/core/units.hpp"
#include "websock/io/byte_stream.hpp"
#include "websock/io/endpoint.hpp"
#include "websock/task.hpp"

namespace websock::io {

/// Connects to one endpoint; TCP_NODELAY on. The stream belongs to the caller's executor. Throws
/// `std::system_error` that names the endpoint. Cancelling leaves nothing behind.
task<stream_ptr> connect(endpoint where);

/// Resolves a host name or IP literal, in the resolver's order. The system's resolver blocks a
/// thread of Asio's own; cancelling abandons the query. Throws `std::system_error`.
task<std::vector<endpoint>> resolve(std::string host, std::uint16_t port);

enum class address_family : std::uint8_t { ipv4, ipv6 };

/// Finds the addresses that a host has in one family, in the order in which to try them; none: an
/// empty list, or an exception.
using lookup_function =
    std::function<task<std::vector<endpoint>>(std::string host, std::uint16_t port, address_family family)>;

/// How a host name becomes a connection.
struct connect_policy {
  duration attempt_delay{250};    ///< from one attempt to the next (RFC 8305 section 5)
  duration resolution_delay{50};  ///< for IPv6 addresses, once the IPv4 ones are there (section 3)
  lookup_function lookup;         ///< empty: the system's resolver
};

/// Happy Eyeballs (RFC 8305): looks up both families side by side, tries their addresses in turn,
/// each a moment after the one before or as soon as that has failed, and takes the first that
/// connects; the others are dropped. An IP literal is not looked up. Throws the last attempt's error,
/// or the lookup's. Cancelling leaves nothing behind.
task<stream_ptr> connect(std::string host, std::uint16_t port);
task<stream_ptr> connect(std::string host, std::uint16_t port, const connect_policy& policy);

}  // namespace websock::io
