// An endpoint at work: a stream's octets go in, its answers go out, until one side ends it.
#pragma once

#include "fault.hpp"
#include "handshake.hpp"
#include "websock/io/byte_stream.hpp"
#include "websock/protocol/role.hpp"
#include "websock/task.hpp"

namespace broken {

/// From behind the opening handshake to the end of TCP. Throws `std::system_error`.
websock::task<void> converse(websock::io::byte_stream& stream, websock::protocol::role own, opened with,
                             fault broken);

/// Reads and drops what still comes, to the end of the stream, for a few seconds at the most.
websock::task<void> read_to_end(websock::io::byte_stream& stream);

}  // namespace broken
