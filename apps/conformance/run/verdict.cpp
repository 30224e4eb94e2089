#include "run/verdict.hpp"

#include <algorithm>
#include <array>

namespace conformance {
namespace {

constexpr std::array<std::string_view, 8> names{"OK",     "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED",
                                                "FAILED", "UNCLEAN",    "WRONG CODE",    "FAILED BY CLIENT"};

}  // namespace

std::string_view name_of(verdict value) noexcept { return names[static_cast<std::size_t>(value)]; }

std::optional<verdict> verdict_named(std::string_view name) noexcept {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<verdict>(found - names.begin());
}

}  // namespace conformance
