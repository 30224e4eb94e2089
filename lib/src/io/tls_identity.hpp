// A certificate with its chain and key, read from PEM files and checked.
#pragma once

#include <string>
#include <string_view>

#include "io/openssl.hpp"
#include "websock/io/tls.hpp"

namespace websock::io {

struct tls_identity {
  certificate_ptr certificate;
  certificates_ptr chain;  // behind it
  key_ptr key;

  /// The certificate is made out to that name (RFC 6125; wildcards for a whole label).
  [[nodiscard]] bool fits(std::string_view host) const noexcept;
};

/// Throws `errc::tls_configuration`: the files are there, are PEM, and belong together.
tls_identity load_identity(const tls_key_pair& files);

/// "FILE: WHAT (what OpenSSL says)".
[[noreturn]] void fail_configuration(const std::string& file, const std::string& what);

}  // namespace websock::io
