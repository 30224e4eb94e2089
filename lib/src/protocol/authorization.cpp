#include "authorization.hpp"

#include <algorithm>
#include <system_error>

#include "digest.hpp"
#include "websock/core/error.hpp"
#include "websock/http/syntax.hpp"
#include "websock/http/url.hpp"

namespace websock::protocol {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error{errc::field_invalid, what}; }

bool has_control_character(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(), [](char character) {
    const auto octet = static_cast<unsigned char>(character);
    return octet < 0x20 || octet == 0x7F;
  });
}

// RFC 6750 section 2.1: b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
bool is_b64token(std::string_view text) noexcept {
  const std::size_t end = std::min(text.find('='), text.size());
  const auto is_part = [](char character) {
    const char lower = http::to_lower(character);
    return (lower >= 'a' && lower <= 'z') || (character >= '0' && character <= '9') ||
           std::string_view{"-._~+/"}.find(character) != std::string_view::npos;
  };
  return end != 0 && std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), is_part) &&
         text.find_first_not_of('=', end) == std::string_view::npos;
}

}  // namespace

std::optional<credentials> decode_userinfo(std::string_view userinfo) {
  const std::size_t colon = std::min(userinfo.find(':'), userinfo.size());
  auto username = http::percent_decode(userinfo.substr(0, colon));
  auto password = http::percent_decode(userinfo.substr(std::min(colon + 1, userinfo.size())));
  if (!username || !password) return std::nullopt;
  return credentials{std::move(*username), std::move(*password)};
}

std::string basic_authorization(std::string_view username, std::string_view password) {
  // RFC 7617 section 2: "a user-id containing a colon character is invalid, as the first colon in a
  // user-pass string separates user-id and password from one another", and "The user-id and password
  // MUST NOT contain any control characters".
  if (username.find(':') != std::string_view::npos) {
    fail("Basic credentials: a user name cannot have a ':' (RFC 7617)");
  }
  if (has_control_character(username) || has_control_character(password)) {
    fail("Basic credentials: a user name or password cannot have control characters (RFC 7617)");
  }
  return "Basic " + base64(std::string{username}.append(":").append(password));
}

std::string basic_authorization_of(std::string_view userinfo) {
  const auto decoded = decode_userinfo(userinfo);
  if (!decoded) fail("Basic credentials: the userinfo has a broken escape; write '%' as %25");
  return basic_authorization(decoded->username, decoded->password);
}

std::string bearer_authorization(std::string_view token) {
  if (!is_b64token(token)) {
    fail("a bearer token has letters, digits and \"-._~+/\", and '=' at its end (RFC 6750)");
  }
  return "Bearer " + std::string{token};
}

}  // namespace websock::protocol
