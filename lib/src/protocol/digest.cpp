#include "digest.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>
#include <stdexcept>

namespace websock::protocol {
namespace {

unsigned char* octets_of(std::string& text) noexcept { return reinterpret_cast<unsigned char*>(text.data()); }

struct digest_deleter {
  void operator()(EVP_MD* digest) const noexcept { EVP_MD_free(digest); }
};

// EVP_sha1() would be looked up among OpenSSL's providers for each handshake.
const EVP_MD* sha1_digest() {
  static const std::unique_ptr<EVP_MD, digest_deleter> fetched{EVP_MD_fetch(nullptr, "SHA1", nullptr)};
  return fetched.get();
}

}  // namespace

std::string sha1(std::string_view text) {
  std::string digest(20, '\0');
  if (sha1_digest() == nullptr ||
      EVP_Digest(text.data(), text.size(), octets_of(digest), nullptr, sha1_digest(), nullptr) != 1) {
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
