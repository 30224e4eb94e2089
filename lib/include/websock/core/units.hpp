// Durations and sizes as people write them: "20s", "500ms", "16MiB".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "websock/core/clock.hpp"

namespace websock {

/// Time as the library counts it; configuration is exact to the millisecond.
using duration = std::chrono::milliseconds;

/// "Never": a deadline that is switched off; written "none" in a configuration.
inline constexpr duration no_timeout = duration::max();

/// A number and one of ms, s, min, h ("500ms", "20s", "1.5min"), or "none". Nothing else: no
/// blanks, no sign, no bare number. Returns nothing for other text and for what does not fit.
std::optional<duration> parse_duration(std::string_view text) noexcept;

/// A number and one of B, KiB, MiB, GiB ("64KiB", "1.5MiB"), or a bare number of bytes.
std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

/// A whole number of the largest unit that has one ("90s", "1500ms", "16MiB"; bytes without a
/// unit: "1000"), which `parse_duration` / `parse_size` read back as the same value. A negative
/// duration is written as "0s".
std::string format_duration(duration value);
std::string format_size(std::uint64_t bytes);

}  // namespace websock
