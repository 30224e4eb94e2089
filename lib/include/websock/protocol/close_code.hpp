// RFC 6455 section 7.4 and IANA's "WebSocket Close Code Number Registry".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace websock {

/// Why a connection closes. Codes 3000-4999 are for libraries and applications: cast them.
enum class close_code : std::uint16_t {
  normal_closure = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  no_status_received = 1005,  ///< never on the wire: the Close frame was empty
  abnormal_closure = 1006,    ///< never on the wire: there was no Close frame
  invalid_frame_payload_data = 1007,
  policy_violation = 1008,
  message_too_big = 1009,
  mandatory_extension = 1010,
  internal_error = 1011,
  service_restart = 1012,
  try_again_later = 1013,
  bad_gateway = 1014,
  tls_handshake = 1015,  ///< never on the wire
};

/// Whether an endpoint may put the code into a Close frame: 1000-1003, 1007-1014 and 3000-4999.
constexpr bool is_sendable(close_code code) noexcept {
  const auto number = static_cast<std::uint16_t>(code);
  return (number >= 1000 && number <= 1003) || (number >= 1007 && number <= 1014) ||
         (number >= 3000 && number <= 4999);
}

/// IANA's name in words ("normal closure"), or "application code" / "unassigned code".
std::string_view describe(close_code code) noexcept;

/// What one side said in its Close frame. `code` is empty when the frame was.
struct close_status {
  std::optional<close_code> code;
  std::string reason;  ///< UTF-8, at most 123 bytes
};

}  // namespace websock
