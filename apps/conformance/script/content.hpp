// The built-in contents: what messages of the compression cases are made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace conformance {

/// Octets of each content. A multiple of all message sizes in use, and no code point lies across a
/// multiple of 16: so each message is valid UTF-8, and the messages of a size repeat after a lap.
inline constexpr std::size_t content_size = 256 * 1024;

/// "json", "picture", "prose", "html", "utf8"; all but the picture are text.
[[nodiscard]] bool is_content(std::string_view name) noexcept;

/// All of it, the same in every run and on every machine. Made at the first call; any thread.
const std::string& content(std::string_view name);

/// `size` octets from `at` on, around its end.
std::string cut_content(std::string_view name, std::uint64_t at, std::uint64_t size);

}  // namespace conformance
