// What OpenSSL failed with, as an error code.
#pragma once

#include <openssl/ssl.h>

#include <string>
#include <system_error>

namespace websock::io {

/// Codes of OpenSSL's own; all of them end a connection (`condition::disconnected`).
const std::error_category& tls_category() noexcept;

/// Why the last call on `ssl` failed: `errc::certificate_*`, `errc::tls_truncated`, or OpenSSL's own
/// reason, which is often the peer's alert. Empties OpenSSL's queue of errors.
std::error_code take_tls_error(const SSL* ssl) noexcept;

/// Why the peer's certificate was refused ("hostname mismatch"); empty when it was not.
std::string verification_text(const SSL* ssl);

}  // namespace websock::io
