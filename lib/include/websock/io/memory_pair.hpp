// Two ends of a stream in memory: for tests, and for talking to oneself.
#pragma once

#include <asio/any_io_executor.hpp>
#include <cstddef>
#include <utility>

#include "websock/io/byte_stream.hpp"

namespace websock::io {

/// Two streams, each the other's peer, on one thread. Each direction holds up to `capacity` bytes,
/// then writing waits. Closing one end is the end of the stream for the other, as with TCP; writing
/// to a closed peer is `std::errc::broken_pipe`.
std::pair<stream_ptr, stream_ptr> memory_pair(const asio::any_io_executor& executor,
                                              std::size_t capacity = 64 * 1024);

}  // namespace websock::io
