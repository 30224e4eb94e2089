// What a finished handshake says of the peer.
#pragma once

#include <openssl/ssl.h>

#include "websock/io/tls_info.hpp"

namespace websock::io {

tls_info describe(const SSL* ssl);

}  // namespace websock::io
