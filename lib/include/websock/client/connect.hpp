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
  http::fields fields;                    ///< more fields: User-Agent, Cookie, Authorization...
  std::vector<std::pair<std::string, std::string>> cookies;  ///< name and value, as one Cookie field
  std::string username;      ///< with `password`: Basic (RFC 7617); goes before the URL's userinfo
  std::string password;
  std::string bearer_token;  ///< Bearer (RFC 6750); goes before the two above

  /// 301, 302, 303, 307 and 308 that are followed. Never from wss to ws. Across an origin nothing of
  /// the above goes along but subprotocols, Origin and a User-Agent, nor the client's certificate.
  std::size_t max_redirects = 5;

  /// "http://user:password@proxy:3128" (CONNECT; also https), "socks5://proxy:1080" (RFC 1928, the
  /// proxy resolves the name; also socks5h). Empty: none, or the environment's.
  std::string proxy;
  /// Look at wss_proxy, https_proxy, all_proxy (for ws: ws_proxy, http_proxy, all_proxy) and
  /// no_proxy, as curl does. `proxy` goes before them.
  bool proxy_from_environment = false;

  io::tls_client_options tls;
  io::connect_policy network;  ///< name lookup, Happy Eyeballs
  /// `timeouts.handshake` is the open timeout: from the call to the session, over all of it.
  session_options session;
};

/// The server (or a proxy) answered, and did not open a session: a status other than 101, a 101 that
/// breaks RFC 6455, a redirect that may not be followed. `code()` is an `errc` that compares equal to
/// `condition::handshake_failed`.
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
/// Throws `handshake_error`, `errc::url_invalid`, `errc::field_invalid`, `errc::handshake_timeout`,
/// the errors of `io::connect` and `io::connect_tls`. Cancelling leaves nothing behind.
task<session> connect(std::string_view url);
/// `url` and `options` are copied before the call returns.
task<session> connect(std::string_view url, const connect_options& options);

}  // namespace websock
