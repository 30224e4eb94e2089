// The opening handshake of both roles, over a stream.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "fault.hpp"
#include "websock/http/url.hpp"
#include "websock/io/byte_stream.hpp"
#include "websock/protocol/permessage_deflate.hpp"
#include "websock/task.hpp"

namespace broken {

/// What a handshake ends with.
struct opened {
  std::optional<websock::protocol::deflate_parameters> deflate;
  std::vector<std::byte> behind;  ///< octets that came with the head
};

/// As a server, for any path and origin. Nothing: it was refused. Throws `std::system_error`.
websock::task<std::optional<opened>> accept(websock::io::byte_stream& stream, fault broken);

/// As a client.
websock::task<std::optional<opened>> open(websock::io::byte_stream& stream, const websock::http::url& url,
                                          fault broken);

}  // namespace broken
