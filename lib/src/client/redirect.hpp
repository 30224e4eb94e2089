// Where a redirect may lead (RFC 9110 section 15.4).
#pragma once

#include <string>
#include <variant>

#include "websock/http/head.hpp"
#include "websock/http/url.hpp"

namespace websock {

/// http stands for ws, and https for wss.
void use_websocket_scheme(http::url& url);

/// 301, 302, 303, 307 and 308.
bool is_redirect(http::status status) noexcept;

/// Why a redirect is not followed, for people.
struct redirect_refusal {
  std::string reason;
};

/// Where the redirect leads, or why nobody goes there. Userinfo goes along within the origin only.
std::variant<http::url, redirect_refusal> follow_redirect(const http::url& from,
                                                          const http::response& response);

/// The same scheme, host and port (RFC 6454 section 5), or the same Unix socket.
bool is_same_origin(const http::url& left, const http::url& right) noexcept;

}  // namespace websock
