#include "io/tls_context.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <system_error>

#include "websock/core/bytes.hpp"
#include "websock/core/error.hpp"

namespace websock::io {
namespace {

constexpr unsigned char http_1_1[] = "\x08http/1.1";  // RFC 7301's list of one
constexpr unsigned http_1_1_size = sizeof http_1_1 - 1;

// With TLS 1.2: forward secrecy and authenticated encryption only. (All of TLS 1.3's have both.)
constexpr const char* server_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

ssl_context_ptr new_context(const SSL_METHOD* method, tls_version least) {
  ssl_context_ptr made{SSL_CTX_new(method)};
  if (made == nullptr) throw std::bad_alloc{};
  SSL_CTX_set_min_proto_version(made.get(), least == tls_version::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  // An idle stream holds no buffers. What did not fit is offered again from another place.
  SSL_CTX_set_mode(made.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(made.get(),
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  return made;
}

void use(SSL_CTX* context, const tls_key_pair& files, const tls_identity& identity) {
  ERR_clear_error();
  if (SSL_CTX_use_cert_and_key(context, identity.certificate.get(), identity.key.get(), identity.chain.get(),
                               1) != 1) {
    fail_configuration(files.certificate_file, "cannot be used");
  }
}

void trust(SSL_CTX* context, const std::string& ca_file) {
  ERR_clear_error();
  if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) {
    fail_configuration(ca_file, "has no certificates in PEM form that could be trusted");
  }
}

// RFC 7301 section 3.2: "In the event that the server supports no protocols that the client
// advertises, then the server SHALL respond with a fatal "no_application_protocol" alert."
int select_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, size, http_1_1, http_1_1_size, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

// All that fit the name, so that OpenSSL may choose between kinds of keys.
int select_identity(SSL* ssl, void* of_context) {
  const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return 1;
  bool is_first = true;
  for (const tls_identity& each : *static_cast<const std::vector<tls_identity>*>(of_context)) {
    if (!each.fits(name)) continue;
    if (std::exchange(is_first, false)) SSL_certs_clear(ssl);
    if (SSL_use_cert_and_key(ssl, each.certificate.get(), each.key.get(), each.chain.get(), 1) != 1) return 0;
  }
  return 1;
}

void ask_for_certificates(SSL_CTX* context, const tls_server_options& options) {
  if (options.clients == client_certificate::none) return;
  if (options.client_ca_file.empty()) {
    throw std::system_error{errc::tls_configuration,
                            "clients' certificates need a file of who may issue them"};
  }
  trust(context, options.client_ca_file);
  SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(options.client_ca_file.c_str()));
  const bool is_required = options.clients == client_certificate::required;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (is_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
}

}  // namespace

tls_context::tls_context(const tls_client_options& options) {
  auto made = std::make_shared<state>();
  made->context = new_context(TLS_client_method(), options.minimum_version);
  SSL_CTX* const context = made->context.get();
  SSL_CTX_set_verify(context, options.verify_peer ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!options.ca_file.empty()) {
    trust(context, options.ca_file);
    // Whom the caller names is trusted, be it an intermediate or the server's own certificate.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  } else if (options.verify_peer) {
    SSL_CTX_set_default_verify_paths(context);
  }
  const tls_key_pair& files = options.identity;
  if (files != tls_key_pair{}) use(context, files, load_identity(files));
  SSL_CTX_set_alpn_protos(context, http_1_1, http_1_1_size);
  state_ = std::move(made);
}

tls_context::tls_context(const tls_server_options& options) {
  if (options.identities.empty()) {
    throw std::system_error{errc::tls_configuration, "a server needs a certificate and its key"};
  }
  auto made = std::make_shared<state>();
  made->is_server = true;
  made->context = new_context(TLS_server_method(), options.minimum_version);
  SSL_CTX* const context = made->context.get();
  SSL_CTX_set_cipher_list(context, server_ciphers);
  for (const tls_key_pair& files : options.identities) made->identities.push_back(load_identity(files));
  use(context, options.identities.front(), made->identities.front());
  if (made->identities.size() > 1) SSL_CTX_set_cert_cb(context, select_identity, &made->identities);
  ask_for_certificates(context, options);
  SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
  // Sessions are resumed by tickets, which the clients keep. Their keys are this context's: after a
  // reload nobody goes on with what another set of rules has let in.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_id_context(context, http_1_1, http_1_1_size);
  state_ = std::move(made);
}

}  // namespace websock::io
