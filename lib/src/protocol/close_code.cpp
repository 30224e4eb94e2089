#include "websock/protocol/close_code.hpp"

namespace websock {

std::string_view describe(close_code code) noexcept {
  switch (code) {
    case close_code::normal_closure:
      return "normal closure";
    case close_code::going_away:
      return "going away";
    case close_code::protocol_error:
      return "protocol error";
    case close_code::unsupported_data:
      return "unsupported data";
    case close_code::no_status_received:
      return "no status received";
    case close_code::abnormal_closure:
      return "abnormal closure";
    case close_code::invalid_frame_payload_data:
      return "invalid frame payload data";
    case close_code::policy_violation:
      return "policy violation";
    case close_code::message_too_big:
      return "message too big";
    case close_code::mandatory_extension:
      return "mandatory extension";
    case close_code::internal_error:
      return "internal error";
    case close_code::service_restart:
      return "service restart";
    case close_code::try_again_later:
      return "try again later";
    case close_code::bad_gateway:
      return "bad gateway";
    case close_code::tls_handshake:
      return "TLS handshake";
  }
  const auto number = static_cast<std::uint16_t>(code);
  return number >= 3000 && number <= 4999 ? "application code" : "unassigned code";
}

}  // namespace websock
