// RFC 3986 section 5.2: what a reference means in a document at a base URL.
#include <algorithm>
#include <system_error>

#include "percent.hpp"
#include "websock/core/error.hpp"
#include "websock/http/url.hpp"

namespace websock::http {
namespace {

bool is_letter(char character) noexcept {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

// Section 3.1: scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ), before the first ':'.
bool has_scheme(std::string_view reference) noexcept {
  const std::string_view scheme = reference.substr(0, reference.find(':'));
  const auto is_part = [](char character) {
    return is_letter(character) || (character >= '0' && character <= '9') || character == '+' ||
           character == '-' || character == '.';
  };
  return scheme.size() != reference.size() && !scheme.empty() && is_letter(scheme.front()) &&
         std::all_of(scheme.begin(), scheme.end(), is_part);
}

// Section 5.2.4, for a path that starts with '/': each segment is taken with the '/' before it.
std::string remove_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::string_view segment = path.substr(0, path.find('/', 1));
    path.remove_prefix(segment.size());
    if (segment == "/..") out.resize(std::min(out.rfind('/'), out.size()));
    if (segment != "/." && segment != "/..") {
      out += segment;
    } else if (path.empty()) {
      out += '/';
    }
  }
  return out;
}

std::string_view path_of(std::string_view target) noexcept { return target.substr(0, target.find('?')); }

std::string without_dots(std::string_view target) {
  const std::string_view path = path_of(target);
  return remove_dot_segments(path).append(target.substr(path.size()));
}

// Section 5.2.2, for a reference without scheme and authority.
std::string resolve_target(std::string_view base, std::string_view reference) {
  const std::string_view base_path = path_of(base);
  if (reference.empty()) return std::string{base};
  if (reference.starts_with('?')) return std::string{base_path}.append(reference);
  if (reference.starts_with('/')) return without_dots(reference);
  // Section 5.2.3: "excluding any characters after the right-most "/" in the base URI path".
  return without_dots(std::string{base_path.substr(0, base_path.rfind('/') + 1)}.append(reference));
}

void check_characters(std::string_view reference) {
  const std::size_t wrong = find_invalid(reference, "");
  if (wrong == reference.size()) return;
  throw std::system_error{errc::url_invalid, "at offset " + std::to_string(wrong) +
                                                 ": not allowed in a URL as it is; percent-encode it"};
}

}  // namespace

url resolve_reference(const url& base, std::string_view reference) {
  reference = reference.substr(0, reference.find('#'));
  if (has_scheme(reference)) {
    url result = parse_url(reference);
    result.target = without_dots(result.target);
    return result;
  }
  if (reference.starts_with("//")) {
    if (!base.unix_path.empty()) {
      throw std::system_error{errc::url_invalid, "a host, but no scheme, where a Unix socket is the base"};
    }
    url result = parse_url(base.scheme + ':' + std::string{reference});
    result.target = without_dots(result.target);
    return result;
  }
  check_characters(reference);
  url result = base;
  result.target = resolve_target(base.target, reference);
  return result;
}

}  // namespace websock::http
