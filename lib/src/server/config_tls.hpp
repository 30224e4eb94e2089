// The "tls" object of a listener.
#pragma once

#include <string>

#include "server/config_node.hpp"
#include "websock/server/config.hpp"

namespace websock {

void read_tls(const config_node& at, listener_config& into);

/// Files are meant relative to the folder of the one that names them. They are read now, to tell a mistake
/// with its place. Throws `config_error`.
void resolve_tls(const config_node& at, io::tls_server_options& options, const std::string& base);

}  // namespace websock
