#include "io/tls_facts.hpp"

#include "io/openssl.hpp"

namespace websock::io {
namespace {

// RFC 4514, with what is not printable escaped.
std::string text_of(const X509_NAME* name) {
  const bio_ptr memory{BIO_new(BIO_s_mem())};
  if (memory == nullptr || X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253) < 0) return {};
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

// Of a certificate that was asked for and checked; what nobody has checked is nobody's name.
std::string subject_of_peer(const SSL* ssl) {
  const X509* const certificate = SSL_get0_peer_certificate(ssl);
  const bool is_verified =
      (SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER) && SSL_get_verify_result(ssl) == X509_V_OK;
  return certificate != nullptr && is_verified ? text_of(X509_get_subject_name(certificate)) : std::string{};
}

}  // namespace

tls_info describe(const SSL* ssl) {
  tls_info info;
  info.version = SSL_get_version(ssl);
  if (const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl))
    info.cipher = SSL_CIPHER_standard_name(cipher);
  if (const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)) info.server_name = name;
  info.peer_subject = subject_of_peer(ssl);
  info.resumed = SSL_session_reused(ssl) == 1;
  return info;
}

}  // namespace websock::io
