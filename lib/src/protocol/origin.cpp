#include "origin.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "websock/http/syntax.hpp"
#include "websock/http/url.hpp"

namespace websock::protocol {
namespace {

using http::equals_ignoring_case;

struct origin_parts {
  std::string_view scheme;
  std::string_view host;
  std::uint16_t port = 0;  // the scheme's default when none is written
};

std::uint16_t default_port(std::string_view scheme) noexcept {
  if (equals_ignoring_case(scheme, "http")) return 80;
  if (equals_ignoring_case(scheme, "https")) return 443;
  return 0;
}

// RFC 6454 section 7: origin = scheme "://" host [ ":" port ]; nothing for "null" and for all else.
std::optional<origin_parts> parse_origin(std::string_view text) noexcept {
  constexpr std::string_view separator = "://";
  const std::size_t colon = text.find(separator);
  if (colon == std::string_view::npos) return std::nullopt;
  const auto authority = http::parse_host(text.substr(colon + separator.size()));
  if (!authority) return std::nullopt;
  const std::string_view scheme = text.substr(0, colon);
  return origin_parts{scheme, authority->host, authority->port.value_or(default_port(scheme))};
}

bool is_same_origin(std::string_view left, std::string_view right) noexcept {
  if (equals_ignoring_case(left, right)) return true;
  const auto one = parse_origin(left);
  const auto other = parse_origin(right);
  return one && other && equals_ignoring_case(one->scheme, other->scheme) &&
         equals_ignoring_case(one->host, other->host) && one->port == other->port;
}

// A Host without a port has the default of a scheme that only the proxy in front of us may know; the
// page's own scheme stands in for it.
bool is_same_host(std::string_view origin, std::string_view host) noexcept {
  const auto page = parse_origin(origin);
  const auto server = http::parse_host(host);
  return page && server && equals_ignoring_case(page->host, server->host) &&
         page->port == server->port.value_or(default_port(page->scheme));
}

}  // namespace

bool is_origin_allowed(std::string_view origin, std::string_view host,
                       const std::vector<std::string>& allowed) {
  if (allowed.empty()) return is_same_host(origin, host);
  return std::any_of(allowed.begin(), allowed.end(),
                     [origin](std::string_view one) { return one == "*" || is_same_origin(origin, one); });
}

}  // namespace websock::protocol
