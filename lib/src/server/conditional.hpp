// RFC 9110 sections 13 and 14: validators, conditions, ranges.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "websock/http/fields.hpp"

namespace websock {

/// What a resource is now.
struct validators {
  std::string entity_tag;           ///< strong, with its quotes
  std::int64_t last_modified = 0;   ///< seconds since the epoch
};

/// The client's copy is good: answer 304 (sections 13.1.2 and 13.1.3).
bool is_not_modified(const http::fields& fields, const validators& now);

struct byte_range {
  std::uint64_t first = 0;
  std::uint64_t length = 0;

  friend bool operator==(const byte_range&, const byte_range&) = default;
};

enum class range_result : std::uint8_t { whole, partial, not_satisfiable };

/// What a GET of `size` bytes is to send. Several ranges, unknown units and broken fields are
/// answered by the whole, as section 14.2 allows; so is a range whose If-Range has passed.
range_result select_range(const http::fields& fields, const validators& now, std::uint64_t size,
                          byte_range& range);

/// Seconds since the epoch of "Sun, 06 Nov 1994 08:49:37 GMT"; nothing for another form.
std::optional<std::int64_t> parse_date(std::string_view text);

}  // namespace websock
