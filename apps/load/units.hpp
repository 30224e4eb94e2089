// Figures as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace load {

/// Nanoseconds with three digits and a unit: "870 ns", "12.3 µs", "1.05 ms", "2.40 s".
std::string format_time(std::uint64_t nanoseconds);
/// Three digits and, from a thousand on, k, M or G: "950", "12.3k", "1.05M".
std::string format_count(double number);
/// "512 B", "12.3 KiB", "1.05 MiB".
std::string format_bytes(std::uint64_t bytes);

}  // namespace load
