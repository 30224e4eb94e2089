// A peer that speaks octets: what is on the wire, exactly.
#pragma once

#include <asio/io_context.hpp>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "support/faulty_stream.hpp"
#include "support/spawn.hpp"
#include "websock/io/memory_pair.hpp"
#include "websock/session.hpp"

namespace support {

/// "88 8e 0b" as octets.
inline std::string octets(std::string_view hex) {
  std::string result;
  for (std::size_t i = 0; i < hex.size();) {
    if (hex[i] == ' ') {
      ++i;
      continue;
    }
    result.push_back(static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16)));
    i += 2;
  }
  return result;
}

/// A frame of a client, masked with the key 0 so that its payload can be read in the test.
inline std::string client_frame(unsigned char first, std::string_view payload) {
  std::string frame{static_cast<char>(first)};
  if (payload.size() < 126) {
    frame.push_back(static_cast<char>(0x80 | payload.size()));
  } else {
    frame.push_back(static_cast<char>(0xfe));
    frame.push_back(static_cast<char>(payload.size() >> 8));
    frame.push_back(static_cast<char>(payload.size()));
  }
  return frame.append(4, '\0').append(payload);
}

/// A server's session, and the other end of its stream.
struct server_and_wire {
  explicit server_and_wire(asio::io_context& context, const websock::session_options& options = {},
                           std::size_t capacity = 64 * 1024) {
    auto [left, right] = websock::io::memory_pair(context.get_executor(), capacity);
    auto counted = std::make_unique<faulty_stream>(std::move(left), account);
    server.emplace(std::move(counted), websock::protocol::role::server, options);
    wire = std::move(right);
  }

  std::shared_ptr<stream_account> account = std::make_shared<stream_account>();
  std::optional<websock::session> server;
  websock::io::stream_ptr wire;
};

/// Exactly `count` octets.
inline websock::task<std::string> read_octets(websock::io::byte_stream& wire, std::size_t count) {
  std::string result(count, '\0');
  const websock::mutable_bytes into = std::as_writable_bytes(std::span{result});
  co_await wire.read_exactly(into);
  co_return result;
}

/// All until the end of the stream.
inline websock::task<std::string> read_to_end(websock::io::byte_stream& wire) {
  std::string result;
  std::array<std::byte, 4096> part;
  while (true) {
    const std::size_t count = co_await wire.read_some(part);
    if (count == 0) co_return result;
    result.append(websock::as_text(websock::bytes_view{part}.first(count)));
  }
}

}  // namespace support
