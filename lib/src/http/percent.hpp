// What may stand in a URL as it is (RFC 3986 section 2).
#pragma once

#include <cstddef>
#include <string_view>

namespace websock::http {

/// Where the first character stands that may not be in a URL as it is, or a '%' without two hex
/// digits, or one of `excluded`; the size when there is none.
std::size_t find_invalid(std::string_view text, std::string_view excluded) noexcept;

}  // namespace websock::http
