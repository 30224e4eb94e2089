// Files of this folder that are part of the program.
#pragma once

#include <span>
#include <string_view>

namespace conformance {

struct embedded_file {
  std::string_view name;  ///< "cases/01-framing.json"
  std::string_view text;
};

extern const std::span<const embedded_file> embedded_cases;  ///< cases/*.json but the schema
/// The file of that name below this folder ("page/page.html"); empty: there is none.
std::string_view embedded(std::string_view name) noexcept;

}  // namespace conformance
