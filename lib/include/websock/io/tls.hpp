// TLS on any byte stream, in both roles (OpenSSL).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "websock/io/byte_stream.hpp"
#include "websock/io/tls_info.hpp"
#include "websock/task.hpp"

namespace websock::io {

enum class tls_version : std::uint8_t { tls_1_2, tls_1_3 };

/// A certificate with the chain behind it, leaf first, and its private key, as PEM files.
struct tls_key_pair {
  std::string certificate_file;
  std::string key_file;

  friend bool operator==(const tls_key_pair&, const tls_key_pair&) = default;
};

struct tls_client_options {
  std::string ca_file;      ///< certificates to trust, PEM; empty: the system's trust store
  bool verify_peer = true;  ///< false: anybody's certificate will do, which protects from nobody active
  tls_key_pair identity;    ///< the client's own certificate; empty: none
  tls_version minimum_version = tls_version::tls_1_2;

  friend bool operator==(const tls_client_options&, const tls_client_options&) = default;
};

/// Whether a server asks its clients for a certificate.
enum class client_certificate : std::uint8_t { none, optional, required };

struct tls_server_options {
  /// The pair is chosen by the name that the client asks for (SNI, RFC 6066) and the names in the
  /// certificates; the first one serves those who ask for no name, or for an unknown one.
  std::vector<tls_key_pair> identities;
  client_certificate clients = client_certificate::none;
  std::string client_ca_file;  ///< who may have issued the clients' certificates, PEM
  tls_version minimum_version = tls_version::tls_1_2;

  friend bool operator==(const tls_server_options&, const tls_server_options&) = default;
};

/// Certificates, keys and rules, read from their files once and shared by any number of streams.
/// Copies share it too. Any thread.
class tls_context {
 public:
  /// Throws `std::system_error{errc::tls_configuration}` whose text names the file and what is
  /// wrong with it ("server.key: does not belong to server.pem").
  explicit tls_context(const tls_client_options& options);
  explicit tls_context(const tls_server_options& options);

 private:
  friend class tls_stream;
  struct state;
  std::shared_ptr<const state> state_;
};

/// The client's side: asks `stream` for `host` (SNI, unless it is an IP literal; ALPN "http/1.1")
/// and checks that the certificate is trusted, in its time and made out to that host or IP address.
/// Throws `errc::certificate_untrusted`, `certificate_expired`, `certificate_wrong_host` with a text
/// that says why, or what TLS or the inner stream failed with. Cancelling closes the stream.
task<stream_ptr> connect_tls(stream_ptr stream, tls_context context, std::string host);

/// The server's side. Throws when there is no handshake. Cancelling closes the stream.
task<stream_ptr> accept_tls(stream_ptr stream, tls_context context);

}  // namespace websock::io
