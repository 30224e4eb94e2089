// The first octets of a client's connection: a request.
#pragma once

#include "run/case_run.hpp"
#include "websock/io/byte_stream.hpp"
#include "websock/task.hpp"

namespace conformance {

/// Reads a head, and keeps its octets and what came with it. The body of a request is not read. Throws
/// `errc::http_malformed`, `http_head_too_large`, and `connection_lost` when the stream ends before.
websock::task<received_request> read_request(websock::io::byte_stream& stream);

}  // namespace conformance
