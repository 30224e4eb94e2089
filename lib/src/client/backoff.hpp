// How long a client waits before it tries again.
#pragma once

#include <cstddef>
#include <exception>

#include "websock/client/reconnector.hpp"

namespace websock {

/// min(maximum_delay, first_delay * factor^(failures-1)); nothing before the first failure.
duration longest_delay(const reconnect_policy& policy, std::size_t failures) noexcept;

/// Full jitter: any time from zero to `longest`, all alike.
duration random_delay(duration longest);

/// What a server that refused with 429 or 503 asks for (RFC 9110 section 10.2.3), when it says so in
/// seconds; zero for anything else.
duration retry_after(const std::exception_ptr& error) noexcept;

}  // namespace websock
