#include "server/conditional.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace websock {
namespace {

std::string_view trim(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.starts_with('-')) return std::nullopt;
  return number;
}

// Section 13.1.2: "A recipient MUST use the weak comparison function when comparing entity tags for
// If-None-Match". No tag of ours holds a comma, so the list can be cut at commas.
bool lists_tag(std::string_view list, std::string_view tag) {
  if (trim(list) == "*") return true;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    std::string_view item = trim(list.substr(0, comma));
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == tag) return true;
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return false;
}

// Section 13.1.5: strong comparison, or a date that is exactly the current one.
bool if_range_holds(const http::fields& fields, const validators& now) {
  const auto condition = fields.find("If-Range");
  if (!condition) return true;
  if (condition->starts_with('"') || condition->starts_with("W/")) return *condition == now.entity_tag;
  return parse_date(*condition) == now.last_modified;
}

}  // namespace

bool is_not_modified(const http::fields& fields, const validators& now) {
  // Section 13.1.3: "A recipient MUST ignore If-Modified-Since if the request contains an
  // If-None-Match header field".
  if (fields.count("If-None-Match") != 0) return lists_tag(fields.combined("If-None-Match"), now.entity_tag);
  const auto since = fields.find("If-Modified-Since");
  if (!since) return false;
  const auto date = parse_date(*since);
  return date && now.last_modified <= *date;
}

range_result select_range(const http::fields& fields, const validators& now, std::uint64_t size,
                          byte_range& range) {
  const auto field = fields.find("Range");
  if (!field || fields.count("Range") != 1 || !if_range_holds(fields, now)) return range_result::whole;
  std::string_view text = *field;
  if (!text.starts_with("bytes=")) return range_result::whole;
  text = trim(text.substr(6));
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || text.find(',') != std::string_view::npos) return range_result::whole;

  const auto first = parse_number<std::uint64_t>(text.substr(0, dash));
  const auto last = parse_number<std::uint64_t>(text.substr(dash + 1));
  if (dash == 0) {  // "-500": the last 500 bytes
    if (!last) return range_result::whole;
    if (*last == 0 || size == 0) return range_result::not_satisfiable;
    range.length = std::min(*last, size);
    range.first = size - range.length;
    return range_result::partial;
  }
  const bool is_open = dash + 1 == text.size();
  if (!first || (!last && !is_open) || (last && *last < *first)) return range_result::whole;
  if (*first >= size) return range_result::not_satisfiable;
  range.first = *first;
  range.length = (is_open ? size - 1 : std::min(*last, size - 1)) - *first + 1;
  return range_result::partial;
}

std::optional<std::int64_t> parse_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  // "Sun, 06 Nov 1994 08:49:37 GMT": the places of the preferred form are fixed (section 5.6.7).
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
  const auto month = std::ranges::find(months, text.substr(8, 3));
  const auto day = parse_number<unsigned>(text.substr(5, 2));
  const auto year = parse_number<int>(text.substr(12, 4));
  const auto hour = parse_number<int>(text.substr(17, 2));
  const auto minute = parse_number<int>(text.substr(20, 2));
  const auto second = parse_number<int>(text.substr(23, 2));
  if (month == months.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(month - months.begin()) + 1},
      std::chrono::day{*day}};
  if (!date.ok()) return std::nullopt;
  const auto time = std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
                    std::chrono::seconds{*second};
  return time.time_since_epoch() / std::chrono::seconds{1};
}

}  // namespace websock
