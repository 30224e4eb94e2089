// From a specification's "url", "cert" and "key" to a listener.
#pragma once

#include <optional>
#include <string>

#include "run/specification.hpp"
#include "websock/io/endpoint.hpp"
#include "websock/io/tls.hpp"

namespace conformance {

/// The address of "url". Throws `websock::config_error` for a name: which of its addresses would it be?
websock::io::endpoint listening_endpoint(const specification& wanted);

/// What a wss URL is served with; nothing for ws. Throws `websock::config_error` where a file is not named.
std::optional<websock::io::tls_server_options> listening_tls(const specification& wanted);

/// "wss://127.0.0.1:9001": where clients find it, once the port is known.
std::string url_of(const specification& wanted, const websock::io::endpoint& local);

}  // namespace conformance
