// What is sent: made before the run, so that the run does nothing but send it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "websock/protocol/opcode.hpp"
#include "websock/protocol/prepared_message.hpp"

namespace load {

enum class payload_kind : std::uint8_t {
  json,    ///< an array of small objects, as a feed of prices would send them; cut off where the size ends
  random,  ///< octets without any pattern: binary only
  ascii,   ///< printable characters without any pattern
  utf8,    ///< code points of one to four octets
};

/// `size` octets; the same for the same `variant`.
std::string make_payload(payload_kind kind, std::size_t size, std::uint32_t variant);

/// The messages that a connection sends in turn. They differ, so that an echo of the wrong one is noticed;
/// `is_compressed`: there are so many that none comes again while a window of 32 KiB still holds it.
std::vector<websock::prepared_message> make_messages(websock::opcode type, payload_kind kind,
                                                     std::size_t size, bool is_compressed);

}  // namespace load
