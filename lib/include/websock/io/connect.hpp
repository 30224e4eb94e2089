// Connecting, and finding out where to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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

/// Resolves, and connects to the first endpoint that answers, each in turn.
task<stream_ptr> connect(std::string host, std::uint16_t port);

}  // namespace websock::io
