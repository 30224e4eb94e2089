// What is behind `tls_context`.
#pragma once

#include <vector>

#include "io/openssl.hpp"
#include "io/tls_identity.hpp"
#include "websock/io/tls.hpp"

namespace websock::io {

struct tls_context::state {
  ssl_context_ptr context;
  std::vector<tls_identity> identities;  // a server's, when there are several
  bool is_server = false;
};

}  // namespace websock::io
