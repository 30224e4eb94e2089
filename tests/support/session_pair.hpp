// A server's session and a client's, connected in memory.
#pragma once

#include <asio/io_context.hpp>
#include <utility>

#include "support/spawn.hpp"
#include "websock/io/memory_pair.hpp"
#include "websock/session.hpp"

namespace support {

struct session_pair {
  explicit session_pair(asio::io_context& context, const websock::session_options& server_options = {},
                        const websock::session_options& client_options = {})
      : session_pair{websock::io::memory_pair(context.get_executor()), server_options, client_options} {}

  websock::session server;
  websock::session client;

 private:
  session_pair(std::pair<websock::io::stream_ptr, websock::io::stream_ptr> ends,
               const websock::session_options& server_options, const websock::session_options& client_options)
      : server{std::move(ends.first), websock::protocol::role::server, server_options},
        client{std::move(ends.second), websock::protocol::role::client, client_options} {}
};

}  // namespace support
