#include "target.hpp"

#include <algorithm>
#include <array>

#include "websock/http/syntax.hpp"
#include "websock/http/url.hpp"

namespace websock::http {
namespace {

// What stands before the authority of an absolute target; empty for the other forms.
std::string_view scheme_of(std::string_view target) noexcept {
  static constexpr std::array<std::string_view, 4> schemes{"http://", "https://", "ws://", "wss://"};
  for (const std::string_view scheme : schemes) {
    const std::string_view front = target.substr(0, scheme.size());
    if (equals_ignoring_case(front, scheme)) return front;
  }
  return {};
}

}  // namespace

target_parts split_target(std::string_view method, std::string_view target) noexcept {
  if (method == "CONNECT") return {target, {}, {}};
  const std::string_view scheme = scheme_of(target);
  target.remove_prefix(scheme.size());
  target_parts parts;
  if (!scheme.empty()) {
    parts.authority = target.substr(0, target.find_first_of("/?"));
    target.remove_prefix(parts.authority.size());
  }
  parts.path = target.substr(0, target.find('?'));
  parts.query = target.substr(std::min(parts.path.size() + 1, target.size()));
  if (parts.path.empty()) parts.path = "/";  // http://example.com?x=1
  return parts;
}

bool is_target(std::string_view method, std::string_view target) noexcept {
  if (!is_target_text(target) || target.find('#') != std::string_view::npos) return false;
  if (target.front() == '/') return method != "CONNECT";
  // RFC 9112 section 3.2.4: the asterisk-form "is only used for a server-wide OPTIONS request";
  // section 3.2.3: the authority-form "is only used for CONNECT requests".
  if (target == "*") return method == "OPTIONS";
  if (method != "CONNECT" && scheme_of(target).empty()) return false;
  return parse_host(split_target(method, target).authority).has_value();
}

bool is_target_text(std::string_view target) noexcept {
  return !target.empty() && std::all_of(target.begin(), target.end(),
                                        [](char character) { return character > 0x20 && character < 0x7F; });
}

}  // namespace websock::http
