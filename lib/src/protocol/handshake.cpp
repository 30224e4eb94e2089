#include "websock/protocol/handshake.hpp"

#include "digest.hpp"

namespace websock::protocol {

std::string accept_value(std::string_view key) {
  // Section 1.3: "the server has to take the value (as present in the header field, e.g., the
  // base64-encoded [RFC4648] version minus any leading and trailing whitespace) and concatenate this
  // with the Globally Unique Identifier ... in string form".
  constexpr std::string_view guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  return base64(sha1(std::string{key}.append(guid)));
}

bool is_websocket_upgrade(const http::request& request) noexcept {
  const http::fields& fields = request.fields;
  return fields.has_token("Upgrade", "websocket") && fields.has_token("Connection", "Upgrade");
}

}  // namespace websock::protocol
