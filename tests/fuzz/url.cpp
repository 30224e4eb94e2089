// A URL in the first line of the input, and in the others references that are followed from there on, as
// redirects are.
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "fuzz/input.hpp"
#include "fuzz/require.hpp"
#include "websock/core/error.hpp"
#include "websock/http/url.hpp"

using namespace websock;
using namespace websock::test;

namespace {

// The only way to refuse is the one that is promised.
template <typename Read>
std::optional<http::url> read(Read&& reader) {
  try {
    return reader();
  } catch (const std::system_error& error) {
    require(error.code() == errc::url_invalid && std::string_view{error.what()}.size() > 10);
    return std::nullopt;
  }
}

// The path of a socket as it has to be written.
std::string escaped(std::string_view path) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (const char character : path) {
    const auto octet = static_cast<unsigned char>(character);
    text.append({'%', digits[octet >> 4U], digits[octet & 0xFU]});
  }
  return text;
}

std::string written(const http::url& url) {
  if (url.scheme == "ws+unix") return "ws+unix:/" + escaped(url.unix_path.substr(1)) + ":" + url.target;
  return url.scheme + "://" + (url.userinfo.empty() ? "" : url.userinfo + "@") + url.authority() + url.target;
}

bool are_equal(const http::url& left, const http::url& right) {
  return left.scheme == right.scheme && left.userinfo == right.userinfo && left.host == right.host &&
         left.port == right.port && left.target == right.target && left.unix_path == right.unix_path;
}

void check(const http::url& url) {
  require(!url.host.empty() && url.target.starts_with('/'));
  require(url.target.find_first_of(" \r\n\t#") == std::string::npos);
  const auto again = read([&] { return http::parse_url(written(url)); });
  require(again && are_equal(*again, url));
  const std::string authority = url.authority();
  const auto host = http::parse_host(authority);
  require(url.scheme == "ws+unix" || (host && host->host == url.host));
  require(url.scheme == "ws+unix" || host->port.value_or(http::default_port(url.scheme)) == url.port);
}

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

void check_texts(std::string_view text) {
  static_cast<void>(http::parse_host(text));
  for (const auto& [name, value] : http::parse_query(text))
    require(name.size() + value.size() <= text.size());
  const auto decoded = http::percent_decode(text);
  require(!decoded || http::percent_decode(escaped(*decoded)) == decoded);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz_input{data, size}.all_text();
  const std::string_view first = next_line(text);
  check_texts(first);
  auto base = read([&] { return http::parse_url(first); });
  if (!base) return 0;
  check(*base);
  while (!text.empty()) {
    const std::string_view reference = next_line(text);
    const auto result = read([&] { return http::resolve_reference(*base, reference); });
    if (!result) continue;
    check(*result);
    // What a reference led to is where it leads from there, and where its whole URL leads from anywhere.
    const auto again = read([&] { return http::resolve_reference(*base, written(*result)); });
    const auto twice = again ? read([&] { return http::resolve_reference(*again, written(*again)); }) : again;
    require(again && twice && are_equal(*again, *twice));
    base = result;
  }
  return 0;
}
