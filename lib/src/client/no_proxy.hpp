// What no_proxy names.
#pragma once

#include <string_view>

#include "websock/http/url.hpp"

namespace websock {

/// Whether `list` has the target's host. Its entries, between commas or blanks: "*"; a host, which is
/// also all hosts below it ("example.com", ".example.com", "*.example.com"); an IP literal; a block of
/// addresses ("10.0.0.0/8", "fd00::/8"). All but the first and the last may have a port
/// ("example.com:8080", "[::1]:8080"). Entries that are none of these name nobody.
bool is_excluded(const http::url& target, std::string_view list);

}  // namespace websock
