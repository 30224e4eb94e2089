// The opening handshake (RFC 6455 section 4) as values, for both roles.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>
#include <vector>

#include "websock/http/head.hpp"
#include "websock/http/url.hpp"

namespace websock::protocol {

/// What a server wants from a handshake.
struct accept_options {
  /// In the server's order of preference. Empty: none is chosen.
  std::vector<std::string> subprotocols;
  /// Origins that may connect: "https://example.com", or "*" for any. Empty: the same host only
  /// (scheme apart). A request without Origin is no browser's and passes.
  std::vector<std::string> origins;
};

/// An acceptable request.
struct accepted {
  http::response response;  ///< 101 with Upgrade, Connection, Sec-WebSocket-Accept, ...
  std::string subprotocol;  ///< empty: none
};

/// Section 4.2: reads the client's handshake. Answers with what to accept, or with the response
/// that refuses it: 400 (malformed, no Host, bad key), 403 (Origin), 405 (not GET, with Allow),
/// 426 (no Upgrade, or another version, with `Sec-WebSocket-Version: 13`), 505 (HTTP/1.0).
std::variant<accepted, http::response> accept_handshake(const http::request& request,
                                                        const accept_options& options);

/// Whether the request asks for a WebSocket at all (else it is plain HTTP).
bool is_websocket_upgrade(const http::request& request) noexcept;

/// What a client asks for.
struct request_options {
  std::vector<std::string> subprotocols;
  http::fields fields;  ///< extra fields; those of the handshake itself are refused
};

/// The client's side: makes the request with a fresh key, and judges the answer.
class client_handshake {
 public:
  /// Throws `std::system_error{errc::field_invalid}` for fields or subprotocols that would break
  /// the head or replace a field of the handshake.
  client_handshake(const http::url& url, const request_options& options);

  [[nodiscard]] const http::request& request() const noexcept { return request_; }

  /// Section 4.1, "the client MUST validate the server's response": `errc::handshake_refused` when
  /// the status is not 101, `handshake_invalid`, `subprotocol_not_offered`, `extension_not_offered`.
  std::error_code check(const http::response& response);

  /// The subprotocol that the server chose; empty: none.
  [[nodiscard]] const std::string& subprotocol() const noexcept { return subprotocol_; }

 private:
  http::request request_;
  std::string key_;
  std::string subprotocol_;
};

/// base64(SHA-1(key + the GUID of section 1.3)).
std::string accept_value(std::string_view key);

}  // namespace websock::protocol
