// Opening a session as a client: ws://, wss:// and ws+unix:.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "websock/http/fields.hpp"
#include "websock/http/head.hpp"
#include "websock/io/connect.hpp"
#include "websock/io/tls.hpp"
#include "websock/session.hpp"
#include "websock/session_options.hpp"
#include "websock/task.hpp"

namespace websock {

struct connect_options {
  std::vector<std::string> subprotocols;  ///< in the order of preference
  std::string origin;                     ///< the Origin field, as a browser would send it; empty: none
  /// More fields. A User-Agent in the place of "websock/VERSION"; an empty one: none is sent. Those of
  /// the handshake itself (Host, Upgrade, Connection, Sec-WebSocket-*) are refused.
  http::fields fields;
  std::vector<std::pair<std::string, std::string>> cookies;  ///< name and value, as one Cookie field
  /// Credentials, one kind at most: these two (Basic, RFC 7617), a token (Bearer, RFC 6750), or an
  /// Authorization field above. They go before the URL's userinfo.
  std::string username;
  std::string password;
  std::string bearer_token;

  /// How many redirects (301, 302, 303, 307, 308) are followed; 0: one is a refusal like another. None
  /// is from wss to ws, and none to or from a Unix socket. To another origin (scheme, host or port) no
  /// credentials go along: none of the above but subprotocols, Origin, User-Agent and Accept-Language,
  /// nor the client's certificate; also not when a later redirect leads back.
  std::size_t max_redirects = 5;

  /// "http://user:password@proxy:3128" (CONNECT; also https), "socks5://proxy:1080" (RFC 1928, the
  /// proxy resolves the name; also socks5h). Empty: none, or the environment's. For ws, too, a
  /// tunnel is asked for (RFC 6455 section 4.1); Unix sockets have no proxy.
  std::string proxy;
  /// Look at wss_proxy, https_proxy, all_proxy (for ws: ws_proxy, http_proxy, all_proxy) and
  /// no_proxy, as curl does. `proxy` goes before them.
  bool proxy_from_environment = false;

  io::tls_client_options tls;
  io::connect_policy network;  ///< name lookup, Happy Eyeballs
  /// `timeouts.handshake` is the open timeout: from the call to the session, over all of it.
  session_options session;
};

/// The server (or a proxy) answered, and did not open a session: a status other than 101
/// (`errc::handshake_refused`), a 101 that breaks RFC 6455 (`handshake_invalid`,
/// `subprotocol_not_offered`, `extension_not_offered`, `extension_invalid`), a redirect that is not
/// followed (`redirect_refused`), a proxy that does not connect us (`proxy_refused`). Each compares
/// equal to `condition::handshake_failed`. `what()` has the URL without userinfo and query, and no word
/// of the peer's.
class handshake_error : public std::system_error {
 public:
  handshake_error(std::error_code code, const std::string& what, http::response response)
      : std::system_error{code, what}, response_{std::move(response)} {}

  /// Status and fields as they came, and up to 64 KiB of the body.
  [[nodiscard]] const http::response& response() const noexcept { return response_; }

 private:
  http::response response_;
};

/// Opens a session: resolves the name and connects (Happy Eyeballs, RFC 8305), through a proxy when
/// one is set, does the TLS handshake for wss, and the opening handshake of RFC 6455 section 4.1.
/// The session lives on the caller's executor. `http` and `https` stand for `ws` and `wss`.
///
/// Throws `handshake_error`; `errc::url_invalid` and `field_invalid`, before anything is sent;
/// `errc::handshake_timeout`, with what it was waiting for; `errc::http_malformed`,
/// `http_head_too_large` and `connection_lost` for an answer that is none; the errors of `io::connect`
/// and `io::connect_tls`. Any number of coroutines may connect at once. Cancelling leaves nothing
/// behind.
task<session> connect(std::string_view url);
/// `url` and `options` are copied before the call returns.
task<session> connect(std::string_view url, const connect_options& options);

}  // namespace websock
