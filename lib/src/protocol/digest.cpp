#include "digest.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace websock::protocol {
namespace {

unsigned char* octets_of(std::string& text) noexcept { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

std::string sha1(std::string_view text) {
  std::string digest(20, '\0');
  if (EVP_Digest(text.data(), text.size(), octets_of(digest), nullptr, EVP_sha1(), nullptr) != 1) {
    throw std::runtime_error{"OpenSSL has no SHA-1, which RFC 6455 needs"};
  }
  return digest;
}

std::string base64(std::string_view octets) {
  std::string text((octets.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends it with a NUL
  const auto* const data = reinterpret_cast<const unsigned char*>(octets.data());
  const int size = EVP_EncodeBlock(octets_of(text), data, static_cast<int>(octets.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string random_octets(std::size_t count) {
  std::string octets(count, '\0');
  if (RAND_bytes(octets_of(octets), static_cast<int>(count)) != 1) {
    throw std::runtime_error{"OpenSSL has no random bytes"};
  }
  return octets;
}

}  // namespace websock::protocol
