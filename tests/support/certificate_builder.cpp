#include "support/certificate_builder.hpp"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>
#include <string_view>

namespace support {

namespace {

[[noreturn]] void fail(const char* what) {
  char text[256] = "no more is known";
  if (const auto error = ::ERR_get_error(); error != 0) ::ERR_error_string_n(error, text, sizeof text);
  throw std::runtime_error{std::string{"certificate: "} + what + ": " + text};
}

void check(int result, const char* what) {
  if (result <= 0) fail(what);
}

template <typename T>
T* check(T* result, const char* what) {
  if (result == nullptr) fail(what);
  return result;
}

void add_name_part(X509_NAME* name, const char* part, const std::string& value) {
  if (value.empty()) return;
  const auto* text = reinterpret_cast<const unsigned char*>(value.c_str());
  check(::X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8, text, -1, -1, 0), part);
}

void add_extension(X509* certificate, X509V3_CTX* context, int kind, const std::string& value) {
  const std::unique_ptr<X509_EXTENSION, decltype(&::X509_EXTENSION_free)> extension{
      check(::X509V3_EXT_conf_nid(nullptr, context, kind, value.c_str()), value.c_str()),
      &::X509_EXTENSION_free};
  check(::X509_add_ext(certificate, extension.get(), -1), value.c_str());
}

bool is_ip_address(const std::string& name) {
  unsigned char octets[16];
  return ::inet_pton(AF_INET, name.c_str(), octets) == 1 || ::inet_pton(AF_INET6, name.c_str(), octets) == 1;
}

// "DNS:localhost,IP:127.0.0.1", as OpenSSL's configuration has it.
std::string alternative_names(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) {
    if (!list.empty()) list += ',';
    list += (is_ip_address(name) ? "IP:" : "DNS:") + name;
  }
  return list;
}

// Keys are named by their hash, so the authority comes behind the subject's own (RFC 5280 section 4.2.1).
void add_extensions(X509* certificate, X509* issuer, const certificate_spec& spec) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const bool is_authority = spec.use == purpose::authority;
  add_extension(certificate, &context, NID_basic_constraints,
                is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add_extension(certificate, &context, NID_key_usage,
                is_authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  if (!is_authority) {
    add_extension(certificate, &context, NID_ext_key_usage,
                  spec.use == purpose::server ? "serverAuth" : "clientAuth");
  }
  if (!spec.names.empty()) {
    add_extension(certificate, &context, NID_subject_alt_name, alternative_names(spec.names));
  }
  add_extension(certificate, &context, NID_subject_key_identifier, "hash");
  add_extension(certificate, &context, NID_authority_key_identifier, "keyid:always");
}

void set_serial(X509* certificate, long wanted) {
  ASN1_INTEGER* serial = ::X509_get_serialNumber(certificate);
  if (wanted != 0) {
    check(::ASN1_INTEGER_set(serial, wanted), "serial");
    return;
  }
  const std::unique_ptr<BIGNUM, decltype(&::BN_free)> random{check(::BN_new(), "serial"), &::BN_free};
  check(::BN_rand(random.get(), 126, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY), "serial");
  check(::BN_to_ASN1_INTEGER(random.get(), serial), "serial");
}

void set_time(X509* certificate, const certificate_spec& spec) {
  const auto seconds = [](std::chrono::hours hours) { return static_cast<long>(hours.count()) * 3600; };
  check(::X509_gmtime_adj(::X509_getm_notBefore(certificate), seconds(spec.begins)), "notBefore");
  check(::X509_gmtime_adj(::X509_getm_notAfter(certificate), seconds(spec.ends)), "notAfter");
}

identity unsigned_identity(const certificate_spec& spec) {
  identity made;
  made.key = {check(::EVP_EC_gen("P-256"), "key"), &::EVP_PKEY_free};
  made.certificate = {check(::X509_new(), "certificate"), &::X509_free};
  X509* certificate = made.certificate.get();
  check(::X509_set_version(certificate, X509_VERSION_3), "version");
  set_serial(certificate, spec.serial);
  set_time(certificate, spec);
  check(::X509_set_pubkey(certificate, made.key.get()), "public key");
  X509_NAME* subject = ::X509_get_subject_name(certificate);
  add_name_part(subject, "O", spec.organization);
  add_name_part(subject, "CN", spec.common_name);
  return made;
}

void sign(const identity& subject, const identity& issuer, const certificate_spec& spec) {
  X509* certificate = subject.certificate.get();
  check(::X509_set_issuer_name(certificate, ::X509_get_subject_name(issuer.certificate.get())), "issuer");
  add_extensions(certificate, issuer.certificate.get(), spec);
  check(::X509_sign(certificate, issuer.key.get(), ::EVP_sha256()), "signature");
}

// What `write` puts into memory.
template <typename Write>
std::string to_text(Write write) {
  const std::unique_ptr<BIO, decltype(&::BIO_free)> memory{check(::BIO_new(::BIO_s_mem()), "memory"),
                                                           &::BIO_free};
  check(write(memory.get()), "PEM");
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

std::string identity::certificate_pem() const {
  return to_text([this](BIO* into) { return ::PEM_write_bio_X509(into, certificate.get()); });
}

std::string identity::key_pem(const std::string& password) const {
  return to_text([&](BIO* into) {
    if (password.empty()) {
      return ::PEM_write_bio_PKCS8PrivateKey(into, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    }
    return ::PEM_write_bio_PKCS8PrivateKey(into, key.get(), ::EVP_aes_256_cbc(), password.data(),
                                           static_cast<int>(password.size()), nullptr, nullptr);
  });
}

identity issue(const certificate_spec& spec, const identity& issuer) {
  identity made = unsigned_identity(spec);
  sign(made, issuer, spec);
  return made;
}

identity issue_self_signed(const certificate_spec& spec) {
  identity made = unsigned_identity(spec);
  sign(made, made, spec);
  return made;
}

}  // namespace support
