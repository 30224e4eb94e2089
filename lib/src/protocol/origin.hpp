// Which web pages may connect (RFC 6455 section 10.2, RFC 6454).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace websock::protocol {

/// Whether a page of `origin` may connect to `host` (the Host field's value). `allowed` is
/// `accept_options::origins`.
bool is_origin_allowed(std::string_view origin, std::string_view host,
                       const std::vector<std::string>& allowed);

}  // namespace websock::protocol
