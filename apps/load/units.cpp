#include "units.hpp"

#include <array>
#include <cstdio>
#include <span>

namespace load {
namespace {

std::string three_digits(double number) {
  std::array<char, 32> text{};
  const int decimals = number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2;
  std::snprintf(text.data(), text.size(), "%.*f", decimals, number);
  return text.data();
}

// Whole numbers of the smallest unit have no decimals.
std::string scale(double number, double step, std::span<const char* const> units) {
  std::size_t unit = 0;
  while (number >= step * 0.9995 && unit + 1 < units.size()) {
    number /= step;
    ++unit;
  }
  const bool is_whole = unit == 0 && number == static_cast<double>(static_cast<std::uint64_t>(number));
  return (is_whole ? std::to_string(static_cast<std::uint64_t>(number)) : three_digits(number)) + units[unit];
}

}  // namespace

std::string format_time(std::uint64_t nanoseconds) {
  constexpr std::array units{" ns", " µs", " ms", " s"};
  return scale(static_cast<double>(nanoseconds), 1000, units);
}

std::string format_count(double number) {
  constexpr std::array units{"", "k", "M", "G"};
  return scale(number, 1000, units);
}

std::string format_bytes(std::uint64_t bytes) {
  constexpr std::array units{" B", " KiB", " MiB", " GiB"};
  return scale(static_cast<double>(bytes), 1024, units);
}

}  // namespace load
