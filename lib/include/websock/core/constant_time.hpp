// Comparing secrets.
#pragma once

#include <string_view>

#include "websock/core/bytes.hpp"

namespace websock {

/// Whether both are equal, in a time that tells nothing but their lengths: for tokens, passwords
/// and signatures, where `==` would tell an attacker how many of the first bytes are right.
bool equal_in_constant_time(bytes_view left, bytes_view right) noexcept;
bool equal_in_constant_time(std::string_view left, std::string_view right) noexcept;

}  // namespace websock
