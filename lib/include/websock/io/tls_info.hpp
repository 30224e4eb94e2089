// What two peers have agreed on.
#pragma once

#include <string>

namespace websock::io {

/// What a TLS handshake has agreed on.
struct tls_info {
  std::string version;       ///< "TLSv1.3"
  std::string cipher;        ///< IANA's name: "TLS_AES_128_GCM_SHA256"
  std::string server_name;   ///< that the client asked for (SNI); empty: none
  std::string
      peer_subject;  ///< of the peer's verified certificate, RFC 4514: "CN=alice,O=Example"; empty: none
  bool resumed = false;      ///< an earlier session went on, without certificates on the wire
};

}  // namespace websock::io
