#include "run/case_query.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "websock/core/bytes.hpp"
#include "websock/http/url.hpp"
#include "websock/protocol/utf8.hpp"

namespace conformance {
namespace {

using websock::http::status;

constexpr std::size_t longest_agent = 200;

using pairs = std::vector<std::pair<std::string, std::string>>;

std::optional<std::string> only_value(const pairs& query, std::string_view name) {
  std::optional<std::string> value;
  for (const auto& [key, text] : query) {
    if (key != name) continue;
    if (value) throw query_error{status::bad_request, std::string{name} + " is given twice"};
    value = text;
  }
  return value;
}

bool is_printable(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char octet) { return octet < 0x20 || octet == 0x7f; });
}

std::string read_agent(const std::string& text) {
  if (text.size() > longest_agent || !is_printable(text) ||
      !websock::protocol::is_utf8(websock::as_bytes(text))) {
    throw query_error{status::bad_request, "agent: a name is at most " + std::to_string(longest_agent) +
                                               " bytes of UTF-8 without control characters"};
  }
  return text;
}

std::size_t place_of_number(const std::string& text, const case_list& cases) {
  std::size_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end)
    throw query_error{status::bad_request, "case: a number is expected, from 1 on"};
  if (number < 1 || number > cases.size()) {
    throw query_error{status::not_found, "there is no case " + std::to_string(number) +
                                             ": the cases of this run are 1 to " +
                                             std::to_string(cases.size())};
  }
  return number;
}

std::size_t place_of_id(const std::string& id, const case_list& cases) {
  const auto found = std::ranges::find(cases, id, [](const auto& one) -> const auto& { return one->id; });
  if (found == cases.end())
    throw query_error{status::not_found,
                      "casetuple: this run has no case of that id; /cases.json lists them"};
  return static_cast<std::size_t>(found - cases.begin()) + 1;
}

bool is_true(const std::optional<std::string>& text) {
  return text && (*text == "true" || *text == "True" || *text == "yes");
}

}  // namespace

case_query read_case_query(const websock::http::request& request, const case_list& cases,
                           const query_needs& needs) {
  const pairs query = websock::http::parse_query(request.query());
  case_query result;
  if (const auto agent = only_value(query, "agent")) result.agent = read_agent(*agent);
  if (const auto id = only_value(query, "casetuple")) result.number = place_of_id(*id, cases);
  if (const auto number = only_value(query, "case")) result.number = place_of_number(*number, cases);
  if (result.number != 0) result.script = cases[result.number - 1];
  result.then_stop = is_true(only_value(query, "shutdownOnComplete"));
  if (needs.a_case && !result.script)
    throw query_error{status::bad_request, "which case? case=1 (or casetuple=1.1.1) is missing in the query"};
  if (needs.an_agent && result.agent.empty())
    throw query_error{status::bad_request, "who is it? agent=NAME is missing in the query"};
  return result;
}

}  // namespace conformance
