// The certificates of a listener, which may change while it serves.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "websock/io/tls.hpp"
#include "websock/server/config.hpp"
#include "websock/task.hpp"

namespace websock {

/// Any thread.
class live_tls {
 public:
  /// Reads the files. Throws `config_error` that names the listener and the file.
  explicit live_tls(const listener_config& config);

  /// For the next connection; nothing: without TLS.
  [[nodiscard]] std::optional<io::tls_context> current() const;

  /// Takes over what another one has read.
  void adopt(const live_tls& next);

  /// To be called again and again: reads the files again when they have changed since, and stay the
  /// same from one call to the next, so that a pair which is half written is left alone. Files that
  /// cannot be used are logged once, and what was read before stays.
  void refresh();

 private:
  /// What changes with a file, be it written to or replaced, or be it behind a link that moves.
  using stamp = std::array<std::int64_t, 5>;
  using stamps = std::map<std::string, stamp>;

  static stamps look_at(const io::tls_server_options& options);

  mutable std::mutex mutex_;
  std::optional<io::tls_server_options> options_;
  stamps read_;  // when the files were read
  stamps seen_;  // at the last call of `refresh`
  std::optional<io::tls_context> context_;
};

/// Calls `refresh` every second, for as long as somebody else holds `certificates`.
task<void> keep_fresh(std::weak_ptr<live_tls> certificates);

}  // namespace websock
