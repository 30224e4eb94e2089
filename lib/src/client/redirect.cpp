#include "client/redirect.hpp"

#include <system_error>
#include <utility>

namespace websock {
namespace {

// Nothing: it may be followed.
std::string reason_against(const http::url& from, const http::url& to) {
  // RFC 9110 section 4.2.4: "Before making use of an "http" or "https" URI reference received from an
  // untrusted source, a recipient SHOULD parse for userinfo and treat its presence as an error; it is
  // likely being used to obscure the authority for the sake of phishing attacks."
  if (!to.userinfo.empty()) return "its Location has a user name or password";
  if (from.scheme == "wss" && to.scheme != "wss") return "its Location leads from wss to " + to.scheme;
  if (from.unix_path != to.unix_path) return "its Location leads to or from a Unix socket";
  return {};
}

}  // namespace

void use_websocket_scheme(http::url& url) {
  if (url.scheme == "http") url.scheme = "ws";
  if (url.scheme == "https") url.scheme = "wss";
}

bool is_redirect(http::status status) noexcept {
  switch (static_cast<std::uint16_t>(status)) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return true;
    default:
      return false;
  }
}

std::variant<http::url, redirect_refusal> follow_redirect(const http::url& from,
                                                          const http::response& response) {
  if (response.fields.count("Location") != 1) return redirect_refusal{"it has no Location, or several"};
  const std::string_view location = *response.fields.find("Location");
  if (location.empty()) return redirect_refusal{"its Location is empty"};
  try {
    http::url base = from;
    base.userinfo.clear();
    http::url to = http::resolve_reference(base, location);
    use_websocket_scheme(to);
    if (std::string reason = reason_against(from, to); !reason.empty())
      return redirect_refusal{std::move(reason)};
    if (is_same_origin(from, to)) to.userinfo = from.userinfo;
    return to;
  } catch (const std::system_error& error) {
    return redirect_refusal{std::string{"its Location is no URL to follow: "} + error.what()};
  }
}

bool is_same_origin(const http::url& left, const http::url& right) noexcept {
  return left.scheme == right.scheme && left.host == right.host && left.port == right.port &&
         left.unix_path == right.unix_path;
}

}  // namespace websock
