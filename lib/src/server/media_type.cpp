#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "server/static_files.hpp"

namespace websock {
namespace {

struct known_type {
  std::string_view extension;
  std::string_view type;
};

// IANA's registry of media types, as far as web pages use it; sorted by extension.
constexpr std::array known_types{
    known_type{"aac", "audio/aac"},
    known_type{"avif", "image/avif"},
    known_type{"bmp", "image/bmp"},
    known_type{"css", "text/css; charset=utf-8"},
    known_type{"csv", "text/csv; charset=utf-8"},
    known_type{"gif", "image/gif"},
    known_type{"gz", "application/gzip"},
    known_type{"htm", "text/html; charset=utf-8"},
    known_type{"html", "text/html; charset=utf-8"},
    known_type{"ico", "image/vnd.microsoft.icon"},
    known_type{"jpeg", "image/jpeg"},
    known_type{"jpg", "image/jpeg"},
    known_type{"js", "text/javascript; charset=utf-8"},
    known_type{"json", "application/json"},
    known_type{"map", "application/json"},
    known_type{"md", "text/markdown; charset=utf-8"},
    known_type{"mjs", "text/javascript; charset=utf-8"},
    known_type{"mp3", "audio/mpeg"},
    known_type{"mp4", "video/mp4"},
    known_type{"ogg", "audio/ogg"},
    known_type{"otf", "font/otf"},
    known_type{"pdf", "application/pdf"},
    known_type{"png", "image/png"},
    known_type{"svg", "image/svg+xml"},
    known_type{"ttf", "font/ttf"},
    known_type{"txt", "text/plain; charset=utf-8"},
    known_type{"wasm", "application/wasm"},
    known_type{"wav", "audio/wav"},
    known_type{"webm", "video/webm"},
    known_type{"webmanifest", "application/manifest+json"},
    known_type{"webp", "image/webp"},
    known_type{"woff", "font/woff"},
    known_type{"woff2", "font/woff2"},
    known_type{"xml", "application/xml"},
    known_type{"zip", "application/zip"},
};
static_assert(std::ranges::is_sorted(known_types, {}, &known_type::extension));

}  // namespace

std::string_view media_type(std::string_view file_name) noexcept {
  constexpr std::string_view unknown = "application/octet-stream";
  const std::size_t dot = file_name.find_last_of("./");
  if (dot == std::string_view::npos || file_name[dot] == '/' || file_name.size() - dot > 16) return unknown;
  char lower[16];
  const std::string_view extension = file_name.substr(dot + 1);
  std::ranges::transform(extension, lower,
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::string_view wanted{lower, extension.size()};
  const auto found = std::ranges::lower_bound(known_types, wanted, {}, &known_type::extension);
  return found != known_types.end() && found->extension == wanted ? found->type : unknown;
}

}  // namespace websock
