// The certificates of the tests, as PEM files.
//
// | pair               | what it is                                                                          |
// |--------------------|-------------------------------------------------------------------------------------|
// | `server`           | localhost, 127.0.0.1, ::1; CN=localhost                                             |
// | `renewed`          | the same names; CN=renewed, serial 4711                                             |
// | `chained`          | the same names, issued by an intermediate, whose certificate is in the file behind  |
// | `chain_missing`    | `chained` without its intermediate                                                  |
// | `a`, `b`, `c`      | a.example; b.example; *.c.example                                                   |
// | `wrong_host`       | elsewhere.example                                                                   |
// | `expired`          | localhost, until yesterday                                                          |
// | `not_yet_valid`    | localhost, from tomorrow on                                                         |
// | `untrusted`        | localhost, issued by other_ca.pem                                                   |
// | `self_signed`      | localhost, issued by itself                                                         |
// | `client`           | CN=alice,O=Example                                                                  |
// | `client_expired`   | the same until yesterday                                                            |
// | `client_untrusted` | CN=alice,O=Example, issued by other_ca.pem                                          |
// | `client_usage`     | localhost, but for clients (extendedKeyUsage), so no server's                       |
//
// Each pair is NAME.pem and NAME.key. Besides: `ca.pem` (the root of all but what the table says), `other_ca.pem`,
// `unrelated.key` (fits no certificate), `encrypted.key` (of `server`, password "secret").
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "websock/io/tls.hpp"

namespace support {

class certificates {
 public:
  /// One set a process, in a folder that goes with it.
  static const certificates& shared();

  /// Makes a set in `folder`, which there need not be yet. Throws when it cannot.
  explicit certificates(std::filesystem::path folder);

  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
  /// The path of a file of the set: "ca.pem". Throws for one that is not in it.
  [[nodiscard]] std::string file(std::string_view name) const;
  /// NAME.pem and NAME.key.
  [[nodiscard]] websock::io::tls_key_pair pair(std::string_view name) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace support
