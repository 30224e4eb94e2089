#include "io/tls_identity.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <system_error>

#include "websock/core/error.hpp"

namespace websock::io {
namespace {

bio_ptr open_file(const std::string& path) {
  ERR_clear_error();
  errno = 0;
  bio_ptr file{BIO_new_file(path.c_str(), "r")};
  if (file == nullptr) {
    const int error = errno;
    ERR_clear_error();
    fail_configuration(path, "cannot be opened: " + std::generic_category().message(error));
  }
  return file;
}

// OpenSSL would ask the terminal.
int refuse_passphrase(char*, int, int, void* was_asked) {
  *static_cast<bool*>(was_asked) = true;
  return -1;
}

certificates_ptr read_chain(BIO* file, const std::string& path) {
  certificates_ptr chain{sk_X509_new_null()};
  if (chain == nullptr) throw std::bad_alloc{};
  while (X509* const next = PEM_read_bio_X509(file, nullptr, nullptr, nullptr)) {
    if (sk_X509_push(chain.get(), next) == 0) {
      X509_free(next);
      throw std::bad_alloc{};
    }
  }
  // The end of the file is an error, too: "no start line".
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    fail_configuration(path, "has a broken certificate behind the first");
  }
  ERR_clear_error();
  return chain;
}

key_ptr read_key(const std::string& path) {
  const bio_ptr file = open_file(path);
  bool is_encrypted = false;
  key_ptr key{PEM_read_bio_PrivateKey(file.get(), nullptr, refuse_passphrase, &is_encrypted)};
  if (is_encrypted) {
    ERR_clear_error();
    fail_configuration(path, "is encrypted; a key without a passphrase is expected");
  }
  if (key == nullptr) fail_configuration(path, "has no private key in PEM form");
  return key;
}

}  // namespace

void fail_configuration(const std::string& file, const std::string& what) {
  std::string text = file + ": " + what;
  if (const char* const reason = ERR_reason_error_string(ERR_peek_last_error())) {
    text += std::string{" ("} + reason + ")";
  }
  ERR_clear_error();
  throw std::system_error{errc::tls_configuration, text};
}

bool tls_identity::fits(std::string_view host) const noexcept {
  return X509_check_host(certificate.get(), host.data(), host.size(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
                         nullptr) == 1;
}

tls_identity load_identity(const tls_key_pair& files) {
  tls_identity loaded;
  const bio_ptr file = open_file(files.certificate_file);
  loaded.certificate.reset(PEM_read_bio_X509_AUX(file.get(), nullptr, nullptr, nullptr));
  if (loaded.certificate == nullptr) {
    fail_configuration(files.certificate_file, "has no certificate in PEM form");
  }
  loaded.chain = read_chain(file.get(), files.certificate_file);
  loaded.key = read_key(files.key_file);
  if (X509_check_private_key(loaded.certificate.get(), loaded.key.get()) != 1) {
    ERR_clear_error();
    fail_configuration(files.key_file, "does not belong to the certificate in " + files.certificate_file);
  }
  return loaded;
}

}  // namespace websock::io
