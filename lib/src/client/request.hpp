// What the options of `connect` put into the request.
#pragma once

#include <string>

#include "websock/client/connect.hpp"
#include "websock/http/url.hpp"
#include "websock/protocol/handshake.hpp"

namespace websock {

/// The fields and subprotocols that `options` ask for. Throws `errc::field_invalid` for what would
/// break the head, and for what is said twice: two kinds of credentials, a Cookie field beside
/// `cookies`, an Origin field beside `origin`. No text repeats a secret.
protocol::request_options make_request(const connect_options& options);

/// Takes everything away that is meant for one origin alone: credentials, cookies, the client's
/// certificate and all fields but User-Agent and Accept-Language.
void strip_credentials(connect_options& options);

/// A URL for people: neither userinfo nor query, either of which may hold a secret.
std::string describe(const http::url& url);

}  // namespace websock
