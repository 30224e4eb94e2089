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
#include "websock/protocol/permessage_deflate.hpp"

namespace websock::protocol {

/// What a server wants from a handshake.
struct accept_options {
  /// In the server's order of preference. Empty: none is chosen.
  std::vector<std::string> subprotocols;
  /// Origins that may connect: "https://example.com", "http://localhost:8080", "null" (a sandboxed
  /// page), or "*" for any. Scheme and host are compared without case, a port that is not written
  /// is the scheme's default. Empty: the host and port that the request was sent to only (scheme
  /// apart, so that a server behind a TLS proxy works). A request without Origin is no browser's
  /// and passes.
  std::vector<std::string> origins;
  /// What permessage-deflate may cost; nothing: it is not agreed to. A client that does not offer
  /// `client_max_window_bits` cannot be asked for a smaller window: with it 15 bits are agreed on,
  /// whatever is wanted.
  std::optional<deflate_options> deflate = std::nullopt;
};

/// An acceptable request.
struct accepted {
  http::response response;  ///< 101 with Upgrade, Connection, Sec-WebSocket-Accept, ...
  std::string subprotocol;  ///< empty: none
  std::optional<deflate_parameters> deflate;  ///< nothing: messages are not compressed
};

/// Section 4.2: reads the client's handshake. Answers with what to accept, or with the response
/// that refuses it: 400 (malformed, no Host, bad key, a body), 403 (Origin), 405 (not GET, with
/// Allow), 426 (no Upgrade, or no or another version; with `Sec-WebSocket-Version: 13`), 505
/// (HTTP/1.0). A refusal has one line of plain text as its body and does not end the connection.
/// Takes linear time in the size of the request. Throws `std::system_error{errc::argument_invalid}`
/// for `deflate_options` that are not valid, and for no request.
std::variant<accepted, http::response> accept_handshake(const http::request& request,
                                                        const accept_options& options);

/// Whether the request asks for a WebSocket at all, acceptable or not (else it is plain HTTP):
/// "Upgrade: websocket" with "Connection: Upgrade".
bool is_websocket_upgrade(const http::request& request) noexcept;

/// What a client asks for.
struct request_options {
  std::vector<std::string> subprotocols;  ///< in the client's order of preference
  /// Extra fields (Origin, Cookie, Authorization...); those of the handshake itself (Host, Upgrade,
  /// Connection, Sec-WebSocket-*) and of a body are refused.
  http::fields fields;
  /// Offers permessage-deflate with these; the server may decline. Nothing: it is not offered.
  std::optional<deflate_options> deflate = std::nullopt;
};

/// The client's side: makes the request with a fresh key, and judges the answer.
class client_handshake {
 public:
  /// Throws `std::system_error{errc::field_invalid}` for fields or subprotocols that would break
  /// the head or replace a field of the handshake, and `errc::argument_invalid` for `deflate_options`
  /// that are not valid. The userinfo of the URL becomes an Authorization field (Basic, RFC 7617)
  /// unless the options have one.
  client_handshake(const http::url& url, const request_options& options);

  [[nodiscard]] const http::request& request() const noexcept { return request_; }

  /// Section 4.1, "the client MUST validate the server's response": `errc::handshake_refused` when
  /// the status is not 101, `handshake_invalid`, `subprotocol_not_offered`, `extension_not_offered`,
  /// `extension_invalid`.
  std::error_code check(const http::response& response);

  /// The subprotocol that the server chose; empty: none.
  [[nodiscard]] const std::string& subprotocol() const noexcept { return subprotocol_; }
  /// What was agreed on; nothing: messages are not compressed.
  [[nodiscard]] const std::optional<deflate_parameters>& deflate() const noexcept { return deflate_; }

 private:
  std::error_code check_extensions(const http::fields& fields);
  std::error_code check_subprotocol(const http::fields& fields);

  http::request request_;
  std::string key_;
  std::optional<deflate_parameters> offered_;
  std::string subprotocol_;
  std::optional<deflate_parameters> deflate_;
};

/// base64(SHA-1(key + the GUID of section 1.3)).
std::string accept_value(std::string_view key);

}  // namespace websock::protocol
