#include "io/tls_error.hpp"

#include <openssl/err.h>

#include "websock/core/error.hpp"

namespace websock::io {
namespace {

class tls_errors final : public std::error_category {
 public:
  const char* name() const noexcept override { return "tls"; }

  std::string message(int value) const override {
    const char* const reason = ERR_reason_error_string(static_cast<unsigned long>(value));
    return reason != nullptr ? reason : "TLS error " + std::to_string(value);
  }

  std::error_condition default_error_condition(int) const noexcept override {
    return condition::disconnected;
  }
};

std::error_code of_verification(long result) noexcept {
  switch (result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return errc::certificate_wrong_host;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return errc::certificate_expired;
    default:
      return errc::certificate_untrusted;
  }
}

}  // namespace

const std::error_category& tls_category() noexcept {
  static const tls_errors category;
  return category;
}

std::error_code take_tls_error(const SSL* ssl) noexcept {
  const unsigned long first = ERR_peek_error();
  ERR_clear_error();
  switch (ERR_GET_REASON(first)) {
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      return of_verification(SSL_get_verify_result(ssl));
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
    case 0:
      return errc::tls_truncated;
    default:
      return {static_cast<int>(first), tls_category()};
  }
}

std::string verification_text(const SSL* ssl) {
  const long result = SSL_get_verify_result(ssl);
  return result == X509_V_OK ? std::string{} : X509_verify_cert_error_string(result);
}

}  // namespace websock::io
