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
/// The same from one of the host's own addresses, an IP literal; empty: the system chooses. A Unix socket
/// has none, and does not look at it.
task<stream_ptr> connect(endpoint where, std::string local_address);

enum class address_family : std::uint8_t { ipv4, ipv6 };

/// The addresses of a host name, in the order in which the system's resolver would have them tried;
/// an IP literal is its own, and names of "localhost" are the loopback (RFC 6761). Throws `std::system_error` that names the host (`asio::error::
/// host_not_found`, `host_not_found_try_again`...). The resolver blocks a thread of its own; cancelling
/// waits for nothing, and drops its answer.
task<std::vector<endpoint>> resolve(std::string host, std::uint16_t port);
/// Those of one family; `asio::error::no_data` or `host_not_found` where it has none.
task<std::vector<endpoint>> resolve(std::string host, std::uint16_t port, address_family family);

/// Finds the addresses that a host has in one family, in the order in which to try them; none: an
/// empty list, or an exception.
using lookup_function =
    std::function<task<std::vector<endpoint>>(std::string host, std::uint16_t port, address_family family)>;

/// How a host name becomes a connection.
struct connect_policy {
  duration attempt_delay{250};  ///< from one attempt to the next (RFC 8305 section 5)
  duration resolution_delay{50};  ///< for the IPv6 addresses, once the IPv4 ones are there (section 3)
  lookup_function lookup;  ///< empty: the system's resolver
  /// The IP literal to connect from, one of the host's own; empty: the system chooses. An attempt in the
  /// other family fails.
  std::string local_address;
};

/// Happy Eyeballs (RFC 8305): looks up both families side by side and tries their addresses in turn,
/// IPv6 first, each a moment after the one before or as soon as that has failed. The first that
/// connects is taken, and the others are dropped. An IP literal is not looked up. Throws the last
/// attempt's error, or else the lookup's. Cancelling leaves nothing behind. `policy` is copied before
/// the call returns.
task<stream_ptr> connect(std::string host, std::uint16_t port);
task<stream_ptr> connect(std::string host, std::uint16_t port, const connect_policy& policy);

}  // namespace websock::io
