// Verdicts, as the Autobahn testsuite names them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace conformance {

enum class verdict : std::uint8_t {
  ok,
  non_strict,
  informational,
  unimplemented,
  failed,
  unclean,           ///< of the close: the closing handshake was not completed
  wrong_code,        ///< of the close: not one of the codes that are right here
  failed_by_client,  ///< of the close: the runner, as a client, had to drop TCP
};

/// "OK", "NON-STRICT", "WRONG CODE"...
std::string_view name_of(verdict value) noexcept;
std::optional<verdict> verdict_named(std::string_view name) noexcept;

/// Nothing to mend: all but FAILED, UNCLEAN, WRONG CODE and FAILED BY CLIENT.
[[nodiscard]] constexpr bool is_pass(verdict value) noexcept { return value < verdict::failed; }

}  // namespace conformance
