#include "run/verdict.hpp"

#include <array>
#include <utility>

namespace conformance {
namespace {

constexpr std::array<std::pair<verdict, std::string_view>, 8> names{{
    {verdict::ok, "OK"},
    {verdict::non_strict, "NON-STRICT"},
    {verdict::informational, "INFORMATIONAL"},
    {verdict::unimplemented, "UNIMPLEMENTED"},
    {verdict::failed, "FAILED"},
    {verdict::unclean, "UNCLEAN"},
    {verdict::wrong_code, "WRONG CODE"},
    {verdict::failed_by_client, "FAILED BY CLIENT"},
}};

}  // namespace

std::string_view name_of(verdict value) noexcept {
  for (const auto& [verdict, name] : names) {
    if (verdict == value) return name;
  }
  return "FAILED";
}

std::optional<verdict> verdict_named(std::string_view name) noexcept {
  for (const auto& [verdict, each] : names) {
    if (each == name) return verdict;
  }
  return std::nullopt;
}

}  // namespace conformance
