// What OpenSSL reads from and writes to: memory.
#pragma once

#include "io/openssl.hpp"
#include "websock/core/byte_buffer.hpp"

namespace websock::io {

struct tls_wire {
  bytes_view input;         // came and is not used up: in the thread's scratch memory, or in `rest`
  byte_buffer rest;
  byte_buffer output;       // records that are to be written
  std::size_t written = 0;  // of `output`
  bool ended = false;       // no more input will come
};

/// Reading takes from `input`; with nothing there it says "later", or at the end of the stream so.
/// Writing always succeeds. `wire` must outlive the BIO.
bio_ptr make_bio(tls_wire& wire);

}  // namespace websock::io
