// Owners for what OpenSSL hands out.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

namespace websock::io {

template <auto Free>
struct openssl_free {
  template <typename T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

inline void free_certificates(STACK_OF(X509) * all) noexcept { sk_X509_pop_free(all, X509_free); }

using ssl_ptr = std::unique_ptr<SSL, openssl_free<SSL_free>>;
using ssl_context_ptr = std::unique_ptr<SSL_CTX, openssl_free<SSL_CTX_free>>;
using bio_ptr = std::unique_ptr<BIO, openssl_free<BIO_free>>;
using certificate_ptr = std::unique_ptr<X509, openssl_free<X509_free>>;
using certificates_ptr = std::unique_ptr<STACK_OF(X509), openssl_free<free_certificates>>;
using key_ptr = std::unique_ptr<EVP_PKEY, openssl_free<EVP_PKEY_free>>;

}  // namespace websock::io
