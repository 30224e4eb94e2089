#include "websock/http/url.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "percent.hpp"
#include "url_kind.hpp"
#include "websock/core/error.hpp"
#include "websock/http/syntax.hpp"

namespace websock::http {
namespace {

bool is_host_character(char character) noexcept {
  const char lower = to_lower(character);
  return (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ||
         std::string_view{"-._~"}.find(character) != std::string_view::npos;
}

// RFC 3986 section 3.2.2: only in its brackets. Zones (RFC 6874) are not for the wire.
bool is_ipv6(std::string_view text) noexcept {
  constexpr std::size_t longest = 45;
  char terminated[longest + 1] = {};
  if (text.size() > longest) return false;
  text.copy(terminated, text.size());
  in6_addr address;
  return ::inet_pton(AF_INET6, terminated, &address) == 1;
}

std::optional<std::uint16_t> read_port(std::string_view digits) noexcept {
  std::uint16_t port = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc{} || stop != end || port == 0) return std::nullopt;
  return port;
}

// "host:port" cut at the colon before the port; "[::1]:80" behind the bracket.
struct raw_authority {
  std::string_view host;  // with brackets
  std::string_view port;
};

raw_authority cut(std::string_view text) noexcept {
  const std::size_t from = text.starts_with('[') ? std::min(text.find(']'), text.size()) : 0;
  const std::size_t colon = text.find(':', from);
  if (colon == std::string_view::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

// The host without its brackets; nothing when it is not a host.
std::optional<std::string_view> read_host(std::string_view text) noexcept {
  if (text.starts_with('[')) {
    if (!text.ends_with(']') || !is_ipv6(text.substr(1, text.size() - 2))) return std::nullopt;
    return text.substr(1, text.size() - 2);
  }
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_host_character)) return std::nullopt;
  return text;
}

std::string lower(std::string_view text) {
  std::string copy{text};
  std::transform(copy.begin(), copy.end(), copy.begin(), to_lower);
  return copy;
}

// Printable, so that a message about it can be logged as it is.
std::string show(char character) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto octet = static_cast<unsigned char>(character);
  if (octet > 0x20 && octet < 0x7F) return std::string{"'"} + character + "'";
  return std::string{"octet 0x"} + digits[octet >> 4] + digits[octet & 0xF];
}

constexpr std::string_view session_schemes[] = {"ws", "wss", "http", "https", "ws+unix"};
constexpr url_kind for_sessions{
    .subject = "",
    .schemes = session_schemes,
    .expectation = "a URL starts with ws://, wss://, http://, https:// or ws+unix:/",
    .assumed_scheme = "",
};

// Reads one URL from left to right; every failure knows where in the text it is.
class url_reader {
 public:
  url_reader(std::string_view text, const url_kind& kind) : text_{text}, kind_{kind} {}

  url read() {
    read_scheme();
    refuse_fragment();
    if (result_.scheme == "ws+unix") {
      read_unix_path();
    } else {
      read_authority();
    }
    read_target();
    return std::move(result_);
  }

 private:
  [[noreturn]] void fail(std::size_t offset, const std::string& problem) const {
    std::string what{kind_.subject};
    if (!what.empty()) what += ", ";
    throw std::system_error{errc::url_invalid, what + "at offset " + std::to_string(offset) + ": " + problem};
  }

  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

  void read_scheme() {
    if (!kind_.assumed_scheme.empty() && text_.find("://") == std::string_view::npos) {
      result_.scheme = kind_.assumed_scheme;
      return;
    }
    const std::size_t colon = text_.find(':');
    const std::string scheme = lower(text_.substr(0, std::min(colon, text_.size())));
    if (colon == std::string_view::npos || std::ranges::find(kind_.schemes, scheme) == kind_.schemes.end()) {
      fail(0, std::string{kind_.expectation});
    }
    result_.scheme = scheme;
    at_ = colon + 1;
    if (scheme == "ws+unix") return;
    if (!rest().starts_with("//")) fail(at_, "\"//\" and a host are expected after the scheme");
    at_ += 2;
  }

  // RFC 6455 section 3: "Fragment identifiers are meaningless in the context of WebSocket URIs and
  // MUST NOT be used on these URIs."
  void refuse_fragment() const {
    const std::size_t hash = text_.find('#');
    if (hash != std::string_view::npos) fail(hash, "a fragment is not allowed; write '#' in a path as %23");
  }

  void read_authority() {
    const std::string_view authority = rest().substr(0, rest().find_first_of("/?"));
    const std::size_t at_sign = authority.rfind('@');
    if (at_sign != std::string_view::npos) read_userinfo(authority.substr(0, at_sign));
    const std::size_t host_begin = at_sign == std::string_view::npos ? 0 : at_sign + 1;
    const auto [host, port] = cut(authority.substr(host_begin));
    read_host_part(host);
    result_.port = port.empty() ? default_port(result_.scheme) : read_port_part(port);
    at_ = static_cast<std::size_t>(authority.data() - text_.data()) + authority.size();
  }

  void read_userinfo(std::string_view userinfo) {
    const std::size_t wrong = find_invalid(userinfo, "@/?#[]");
    if (wrong != userinfo.size()) {
      fail(at_ + wrong,
           show(userinfo[wrong]) + " is not allowed in a user name or password; percent-encode it");
    }
    result_.userinfo = userinfo;
    at_ += userinfo.size() + 1;
  }

  void read_host_part(std::string_view host) {
    if (host.empty()) fail(at_, "the host is empty; write one, as in " + result_.scheme + "://example.com/");
    if (const auto valid = read_host(host)) {
      result_.host = lower(*valid);
      at_ += host.size() + 1;
      return;
    }
    if (host.starts_with('['))
      fail(at_, "not an IPv6 address in brackets, as in " + result_.scheme + "://[::1]/");
    const auto wrong = std::find_if_not(host.begin(), host.end(), is_host_character);
    fail(at_ + static_cast<std::size_t>(wrong - host.begin()),
         show(*wrong) + " is not allowed in a host; write an international name by its A-labels (xn--...)");
  }

  [[nodiscard]] std::uint16_t read_port_part(std::string_view digits) const {
    const auto port = read_port(digits);
    if (!port) fail(at_, "a port is a number from 1 to 65535");
    return *port;
  }

  void read_unix_path() {
    if (rest().starts_with("//")) at_ += 2;  // ws+unix:///run/chat.sock is in use too
    if (!rest().starts_with('/')) fail(at_, "an absolute path is expected, as in ws+unix:/run/chat.sock:/");
    const std::string_view path = rest().substr(0, rest().find(':'));
    const auto decoded = percent_decode(path);
    if (!decoded || decoded->find('\0') != std::string::npos) fail(at_, "the path has a broken escape");
    result_.unix_path = *decoded;
    result_.host = "localhost";
    at_ += std::min(path.size() + 1, rest().size());
  }

  // RFC 6455 section 3: the resource name is "/" if the path component is empty, then the path, and
  // "?" and the query when there is one.
  void read_target() {
    const std::string_view target = rest();
    const std::size_t wrong = find_invalid(target, "");
    if (wrong != target.size()) {
      fail(at_ + wrong, show(target[wrong]) + " is not allowed here; percent-encode it (a '%' as %25)");
    }
    if (target.empty()) return;
    if (!kind_.has_target && target != "/") fail(at_, "nothing may stand behind the host and the port");
    if (target.front() != '/' && target.front() != '?') fail(at_, "a target starts with '/'");
    result_.target = target.front() == '/' ? std::string{target} : "/" + std::string{target};
  }

  std::string_view text_;
  const url_kind& kind_;
  std::size_t at_ = 0;
  url result_;
};

}  // namespace

std::uint16_t default_port(std::string_view scheme) noexcept {
  if (scheme == "ws" || scheme == "http") return 80;
  if (scheme == "wss" || scheme == "https") return 443;
  if (scheme == "socks5" || scheme == "socks5h") return 1080;  // RFC 1928 section 3
  return 0;
}

std::optional<host_and_port> parse_host(std::string_view text) noexcept {
  const auto [raw_host, digits] = cut(text);
  const auto host = read_host(raw_host);
  const auto port = read_port(digits);
  if (!host || (!digits.empty() && !port)) return std::nullopt;
  return host_and_port{*host, port};
}

url parse_url(std::string_view text) { return parse_url(text, for_sessions); }

url parse_url(std::string_view text, const url_kind& kind) { return url_reader{text, kind}.read(); }

std::string url::authority() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != default_port(scheme)) text += ":" + std::to_string(port);
  return text;
}

std::string url::origin() const { return scheme + "://" + authority(); }

}  // namespace websock::http
