#include "websock/core/units.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace websock {
namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<unit, 4> time_units{{{"ms", 1}, {"s", 1000}, {"min", 60'000}, {"h", 3'600'000}}};
constexpr std::array<unit, 4> size_units{
    {{"B", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}}};

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
// With nine digits the product of a fraction and any factor fits 64 bits.
constexpr std::size_t fraction_digits = 9;

// Takes the digits at the front of `text`; nothing when there are none or they do not fit.
std::optional<std::uint64_t> take_digits(std::string_view& text) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

struct fraction {
  std::uint64_t numerator = 0;
  std::uint64_t denominator = 1;
};

// Takes ".25" at the front of `text`; zero when there is no point.
std::optional<fraction> take_fraction(std::string_view& text) noexcept {
  if (!text.starts_with('.')) return fraction{};
  text.remove_prefix(1);
  const std::size_t before = text.size();
  const auto digits = take_digits(text);
  const std::size_t count = before - text.size();
  if (!digits || count > fraction_digits) return std::nullopt;
  fraction part{*digits, 1};
  for (std::size_t digit = 0; digit < count; ++digit) part.denominator *= 10;
  return part;
}

std::optional<std::uint64_t> factor_of(std::string_view name, std::span<const unit> units) noexcept {
  for (const auto& unit : units) {
    if (unit.name == name) return unit.factor;
  }
  return std::nullopt;
}

// "1.5min" as a whole number of the smallest unit; nothing when it is none.
std::optional<std::uint64_t> parse(std::string_view text, std::span<const unit> units) noexcept {
  const auto whole = take_digits(text);
  if (!whole) return std::nullopt;
  const auto part = take_fraction(text);
  const auto factor = factor_of(text, units);
  if (!part || !factor || *whole > largest / *factor) return std::nullopt;
  const std::uint64_t scaled = part->numerator * *factor;
  if (scaled % part->denominator != 0) return std::nullopt;
  const std::uint64_t rest = scaled / part->denominator;
  const std::uint64_t base = *whole * *factor;
  if (rest > largest - base) return std::nullopt;
  return base + rest;
}

// A whole number of the largest unit that has one.
std::string write(std::uint64_t value, std::span<const unit> units) {
  const unit* best = &units.front();
  for (const auto& unit : units) {
    if (value % unit.factor == 0) best = &unit;
  }
  return std::to_string(value / best->factor).append(best->name);
}

}  // namespace

std::optional<duration> parse_duration(std::string_view text) noexcept {
  if (text == "none") return no_timeout;
  const auto value = parse(text, time_units);
  if (!value || *value >= static_cast<std::uint64_t>(no_timeout.count())) return std::nullopt;
  return duration{static_cast<duration::rep>(*value)};
}

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
  std::string_view rest = text;
  const auto bytes = take_digits(rest);
  return bytes && rest.empty() ? bytes : parse(text, size_units);
}

std::string format_duration(duration value) {
  if (value == no_timeout) return "none";
  if (value <= duration::zero()) return "0s";
  return write(static_cast<std::uint64_t>(value.count()), time_units);
}

std::string format_size(std::uint64_t bytes) {
  return bytes % size_units[1].factor == 0 && bytes != 0 ? write(bytes, size_units) : std::to_string(bytes);
}

}  // namespace websock
