// X.509 certificates with keys of their own, made by OpenSSL: what tests of TLS need, and what is wrong in them.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace support {

enum class purpose { authority, server, client };

struct certificate_spec {
  std::string common_name = "localhost";
  std::string organization{};  ///< empty: none
  std::vector<std::string> names{};  ///< of the subject: host names ("*.example" too) and IP addresses
  purpose use = purpose::server;
  std::chrono::hours begins{-24};  ///< from now
  std::chrono::hours ends{24 * 365};
  long serial = 0;  ///< 0: by chance
};

/// A certificate and its private key (EC P-256).
struct identity {
  std::shared_ptr<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;

  [[nodiscard]] std::string certificate_pem() const;
  /// PKCS#8; encrypted (AES-256-CBC) when there is a password.
  [[nodiscard]] std::string key_pem(const std::string& password = {}) const;
};

/// Signed by `issuer`, with SHA-256. Throws `std::runtime_error` with OpenSSL's words.
identity issue(const certificate_spec& spec, const identity& issuer);
/// Signed by its own key: a root, or what it takes for one.
identity issue_self_signed(const certificate_spec& spec);

}  // namespace support
