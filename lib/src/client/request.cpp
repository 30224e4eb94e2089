#include "client/request.hpp"

#include <algorithm>
#include <system_error>

#include "protocol/authorization.hpp"
#include "websock/http/syntax.hpp"

namespace websock {
namespace {

constexpr std::string_view product = "websock/" WEBSOCK_VERSION;

[[noreturn]] void fail(const std::string& what) { throw std::system_error{errc::field_invalid, what}; }

// RFC 6265 section 4.1.1: cookie-value = *cookie-octet / ( DQUOTE *cookie-octet DQUOTE ), where a
// cookie-octet is US-ASCII without control characters, blanks, '"', ',', ';' and '\'.
bool is_cookie_value(std::string_view value) noexcept {
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) {
    value = value.substr(1, value.size() - 2);
  }
  return std::all_of(value.begin(), value.end(), [](char character) {
    return character > 0x20 && character < 0x7F &&
           std::string_view{"\",;\\"}.find(character) == std::string_view::npos;
  });
}

std::string join_cookies(const connect_options& options) {
  std::string list;
  for (const auto& [name, value] : options.cookies) {
    if (!http::is_token(name)) fail("connect_options::cookies: a name is no token (RFC 6265)");
    if (!is_cookie_value(value)) {
      fail("cookie \"" + name + "\": its value has a character that no cookie can have (RFC 6265)");
    }
    if (!list.empty()) list += "; ";
    list += name + "=" + value;
  }
  return list;
}

void add_cookies(http::fields& fields, const connect_options& options) {
  if (options.cookies.empty()) return;
  if (fields.count("Cookie") != 0) fail("give cookies as connect_options::cookies or as a field, not both");
  fields.add("Cookie", join_cookies(options));
}

void add_authorization(http::fields& fields, const connect_options& options) {
  const bool has_basic = !options.username.empty() || !options.password.empty();
  const bool has_bearer = !options.bearer_token.empty();
  const bool has_field = fields.count("Authorization") != 0;
  if (has_basic + has_bearer + has_field > 1) {
    fail("give one of username and password, bearer_token, and an Authorization field");
  }
  if (has_basic) {
    fields.add("Authorization", protocol::basic_authorization(options.username, options.password));
  } else if (has_bearer) {
    fields.add("Authorization", protocol::bearer_authorization(options.bearer_token));
  }
}

void add_origin(http::fields& fields, const connect_options& options) {
  if (options.origin.empty()) return;
  if (fields.count("Origin") != 0) fail("give the origin as connect_options::origin or as a field, not both");
  fields.add("Origin", options.origin);
}

// RFC 9110 section 10.1.5: "A user agent SHOULD send a User-Agent header field in each request unless
// specifically configured not to do so", which an empty one is.
void add_product(http::fields& fields) {
  const auto given = fields.find("User-Agent");
  if (!given) {
    fields.add("User-Agent", product);
  } else if (given->empty()) {
    fields.remove("User-Agent");
  }
}

}  // namespace

protocol::request_options make_request(const connect_options& options) {
  protocol::request_options request;
  request.subprotocols = options.subprotocols;
  request.deflate = options.session.permessage_deflate;
  request.fields = options.fields;
  add_origin(request.fields, options);
  add_authorization(request.fields, options);
  add_cookies(request.fields, options);
  add_product(request.fields);
  return request;
}

void strip_credentials(connect_options& options) {
  http::fields kept;
  for (const char* const name : {"User-Agent", "Accept-Language"}) {
    if (const auto value = options.fields.find(name)) kept.add(name, *value);
  }
  options.fields = std::move(kept);
  options.cookies.clear();
  options.username.clear();
  options.password.clear();
  options.bearer_token.clear();
  options.tls.identity = {};
}

std::string describe(const http::url& url) {
  const std::string path = url.target.substr(0, url.target.find('?'));
  if (!url.unix_path.empty()) return url.scheme + ":" + url.unix_path + ":" + path;
  return url.origin() + path;
}

}  // namespace websock
