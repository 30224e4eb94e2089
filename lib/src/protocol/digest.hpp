// SHA-1, base64 and random bytes, by OpenSSL.
#pragma once

#include <string>

#include "websock/core/bytes.hpp"

namespace websock::protocol {

/// Throws `std::runtime_error` where OpenSSL is configured without SHA-1.
std::string sha1(std::string_view text);
std::string base64(std::string_view octets);
/// From a CSPRNG. Throws `std::runtime_error` when it has no entropy.
std::string random_octets(std::size_t count);

}  // namespace websock::protocol
