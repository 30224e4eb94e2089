#include "websock/core/constant_time.hpp"

#include <openssl/crypto.h>

namespace websock {

bool equal_in_constant_time(bytes_view left, bytes_view right) noexcept {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

bool equal_in_constant_time(std::string_view left, std::string_view right) noexcept {
  return equal_in_constant_time(as_bytes(left), as_bytes(right));
}

}  // namespace websock
