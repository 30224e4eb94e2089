#include "client/no_proxy.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#include "websock/http/syntax.hpp"

namespace websock {
namespace {

/// An IP address as octets: 4 or 16.
struct ip_address {
  std::array<std::uint8_t, 16> octets{};
  std::size_t size = 0;

  friend bool operator==(const ip_address&, const ip_address&) = default;
};

std::optional<ip_address> read_address(std::string_view text) {
  const std::string terminated{text};
  ip_address result;
  if (::inet_pton(AF_INET, terminated.c_str(), result.octets.data()) == 1) {
    result.size = 4;
  } else if (::inet_pton(AF_INET6, terminated.c_str(), result.octets.data()) == 1) {
    result.size = 16;
  } else {
    return std::nullopt;
  }
  return result;
}

std::optional<unsigned> read_number(std::string_view digits) noexcept {
  unsigned number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

bool have_equal_prefix(const ip_address& one, const ip_address& other, std::size_t bits) noexcept {
  const auto whole = static_cast<std::ptrdiff_t>(bits / 8);
  if (!std::equal(one.octets.begin(), one.octets.begin() + whole, other.octets.begin())) return false;
  const unsigned shift = 8 - bits % 8;  // 8: no part of an octet is left
  const auto at = static_cast<std::size_t>(whole);
  return shift == 8 || one.octets[at] >> shift == other.octets[at] >> shift;
}

// "10.0.0.0/8"
bool is_in_block(const ip_address& address, std::string_view block) {
  const std::size_t slash = block.find('/');
  const auto base = read_address(block.substr(0, slash));
  const auto bits = read_number(block.substr(slash + 1));
  if (!base || !bits || base->size != address.size || *bits > 8 * address.size) return false;
  return have_equal_prefix(address, *base, *bits);
}

/// One entry in parts.
struct entry {
  std::string_view host;  // without brackets
  std::optional<std::string_view> port;
};

entry split(std::string_view text) noexcept {
  if (text.starts_with('[')) {
    const std::size_t bracket = std::min(text.find(']'), text.size());
    const std::string_view behind = text.substr(std::min(bracket + 1, text.size()));
    const std::string_view host = text.substr(1, bracket - 1);
    return behind.starts_with(':') ? entry{host, behind.substr(1)} : entry{host, {}};
  }
  const std::size_t colon = text.find(':');
  const bool has_port = colon != std::string_view::npos && colon == text.rfind(':');  // else it is IPv6
  return has_port ? entry{text.substr(0, colon), text.substr(colon + 1)} : entry{text, {}};
}

std::string_view without_final_dot(std::string_view host) noexcept {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

bool is_domain_of(std::string_view domain, std::string_view host) noexcept {
  if (domain.starts_with("*.")) domain.remove_prefix(1);
  if (domain.starts_with('.')) domain.remove_prefix(1);
  domain = without_final_dot(domain);
  host = without_final_dot(host);
  if (domain.empty() || host.size() < domain.size()) return false;
  const std::size_t above = host.size() - domain.size();
  return http::equals_ignoring_case(host.substr(above), domain) && (above == 0 || host[above - 1] == '.');
}

bool matches(std::string_view text, const http::url& target, const std::optional<ip_address>& address) {
  if (text == "*") return true;
  if (text.find('/') != std::string_view::npos) return address && is_in_block(*address, text);
  const auto [host, port] = split(text);
  if (port && read_number(*port) != target.port) return false;
  return address ? read_address(host) == address : is_domain_of(host, target.host);
}

}  // namespace

bool is_excluded(const http::url& target, std::string_view list) {
  constexpr std::string_view separators = ", \t";
  const auto address = read_address(target.host);
  while (true) {
    list.remove_prefix(std::min(list.find_first_not_of(separators), list.size()));
    if (list.empty()) return false;
    const std::string_view text = list.substr(0, list.find_first_of(separators));
    if (matches(text, target, address)) return true;
    list.remove_prefix(text.size());
  }
}

}  // namespace websock
