// Credentials as the value of an Authorization or Proxy-Authorization field.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace websock::protocol {

struct credentials {
  std::string username;
  std::string password;
};

/// A URL's userinfo, percent-decoded; without ':' the password is empty. Nothing for a broken escape.
std::optional<credentials> decode_userinfo(std::string_view userinfo);

/// "Basic ..." (RFC 7617). Throws `errc::field_invalid` for a user name with ':' and for control
/// characters; no text here repeats what it was given.
std::string basic_authorization(std::string_view username, std::string_view password);
/// The same from a URL's userinfo.
std::string basic_authorization_of(std::string_view userinfo);
/// "Bearer ..." (RFC 6750). Throws `errc::field_invalid` for what is no b64token.
std::string bearer_authorization(std::string_view token);

}  // namespace websock::protocol
