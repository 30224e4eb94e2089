#include "server/config_node.hpp"

#include <algorithm>
#include <numeric>
#include <sstream>

#include "websock/protocol/limits.hpp"
#include "websock/server/config.hpp"

namespace websock {
namespace {

using nlohmann::json;

constexpr std::string_view time_form = "a time such as \"20s\" or \"500ms\"";
constexpr std::string_view size_form = "a size such as \"16MiB\" or a number of bytes";

// What is there, short enough for one line.
std::string describe(const json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return value.empty() ? "an empty array" : "an array";
  std::string text = value.dump(-1, ' ', true);  // ASCII, control characters escaped
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

// Levenshtein's distance: how many characters must change.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row.back();
}

// The accepted key that was probably meant; empty when none is near.
std::string_view nearest(const std::string& key, const std::vector<std::string_view>& accepted) {
  std::string_view best;
  std::size_t least = std::max<std::size_t>(key.size() / 3, 1) + 1;
  if (key.size() > 64) return best;
  for (const std::string_view candidate : accepted) {
    const std::size_t changes = distance(key, candidate);
    if (changes < least) {
      least = changes;
      best = candidate;
    }
  }
  return best;
}

std::string list(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

std::string range(std::uint64_t least, std::uint64_t most) {
  return "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
}

// "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error while ..." without
// what we say ourselves.
std::string problem_of(const json::exception& error) {
  std::string text = error.what();
  const std::size_t start = text.find(error.id == 406 ? "] " : ": ");
  return start == std::string::npos ? text : text.substr(start + 2);
}

// Where the first number stands that no double holds. nlohmann_json does not say, but reads no further than
// the character behind it.
std::size_t too_large_number(std::string_view text) {
  std::istringstream stream{std::string{text}};
  try {
    [[maybe_unused]] const json unused = json::parse(stream);
  } catch (const json::out_of_range&) {
    stream.clear();
  }
  const auto behind = static_cast<std::size_t>(stream.tellg());
  const std::size_t last = text.substr(0, behind).find_last_of("0123456789");
  return text.find_last_not_of("0123456789+-.eE", last) + 1;
}

}  // namespace

config_document::config_document(std::string_view text, std::string_view name)
    : text_{text}, name_{name}, root_(parse()), locations_{json_locations{text}} {
  if (const auto& repeated = locations_->repeated()) {
    fail(repeated->offset, repeated->pointer + ": the key is given twice");
  }
}

json config_document::parse() const {
  // nlohmann_json takes it for the end of the text, and what stands behind it would be ignored.
  if (const std::size_t nul = text_.find('\0'); nul != std::string_view::npos)
    fail(nul, "not JSON: a NUL character");
  try {
    return json::parse(text_);
  } catch (const json::parse_error& error) {
    fail(error.byte == 0 ? 0 : error.byte - 1, "not JSON: " + problem_of(error));
  } catch (const json::out_of_range& error) {
    fail(too_large_number(text_), "not JSON: " + problem_of(error));
  }
}

void config_document::fail(std::size_t offset, const std::string& problem) const {
  const text_position position = position_at(text_, offset);
  throw config_error{std::string{name_} + ":" + std::to_string(position.line) + ":" +
                     std::to_string(position.column) + ": " + problem};
}

std::string config_node::text() const {
  if (!value_.is_string()) fail_expected("a string");
  return value_.get<std::string>();
}

bool config_node::flag() const {
  if (!value_.is_boolean()) fail_expected("true or false");
  return value_.get<bool>();
}

std::uint64_t config_node::number(std::uint64_t least, std::uint64_t most) const {
  if (!value_.is_number_unsigned()) fail_expected(range(least, most));
  const auto number = value_.get<std::uint64_t>();
  if (number < least || number > most) fail_expected(range(least, most));
  return number;
}

std::uint64_t config_node::number_or_none(std::uint64_t least, std::uint64_t most) const {
  if (is_none()) return protocol::unlimited;
  if (!value_.is_number_unsigned()) fail_expected(range(least, most) + " or \"none\"");
  return number(least, most);
}

std::uint64_t config_node::size(std::uint64_t least) const {
  std::optional<std::uint64_t> bytes;
  if (value_.is_number_unsigned()) bytes = value_.get<std::uint64_t>();
  if (value_.is_string()) bytes = parse_size(value_.get_ref<const std::string&>());
  if (!bytes) fail_expected(std::string{size_form});
  if (*bytes < least) fail_expected("a size of at least " + std::to_string(least));
  return *bytes;
}

std::uint64_t config_node::size_or_none(std::uint64_t least) const {
  if (is_none()) return protocol::unlimited;
  return size(least);
}

duration config_node::time() const {
  const auto time = value_.is_string() ? parse_duration(value_.get_ref<const std::string&>()) : std::nullopt;
  if (!time || *time == no_timeout || *time == duration::zero()) {
    fail_expected(std::string{time_form} + ", over zero");
  }
  return *time;
}

duration config_node::time_or_none() const {
  const duration time = time_from_zero();
  if (time == duration::zero()) fail_expected(std::string{time_form} + ", over zero, or \"none\"");
  return time;
}

duration config_node::time_from_zero() const {
  const auto time = value_.is_string() ? parse_duration(value_.get_ref<const std::string&>()) : std::nullopt;
  if (!time) fail_expected(std::string{time_form} + ", or \"none\"");
  return *time;
}

std::vector<config_node> config_node::elements() const {
  if (!value_.is_array()) fail_expected("an array");
  std::vector<config_node> nodes;
  for (std::size_t i = 0; i < value_.size(); ++i) {
    nodes.push_back(config_node{document_, value_[i], pointer_ + "/" + std::to_string(i)});
  }
  return nodes;
}

bool config_node::has(std::string_view key) const { return value_.is_object() && value_.contains(key); }

config_node config_node::member(std::string_view key) const {
  if (!value_.is_object()) fail_expected("an object");
  const auto found = value_.find(key);
  if (found == value_.end()) fail("the key \"" + std::string{key} + "\" is missing");
  return config_node{document_, *found, pointer_ + pointer_step(key)};
}

void config_node::check_keys(const std::vector<std::string_view>& accepted) const {
  if (!value_.is_object()) fail_expected("an object with the keys " + list(accepted));
  for (const auto& [key, ignored] : value_.items()) {
    if (std::ranges::find(accepted, key) == accepted.end()) fail_unknown(key, accepted);
  }
}

void config_node::fail_unknown(const std::string& key, const std::vector<std::string_view>& accepted) const {
  const std::string pointer = pointer_ + pointer_step(key);
  std::string problem = json(pointer).dump(-1, ' ', true);
  problem = problem.substr(1, problem.size() - 2) + ": unknown key";
  if (const auto meant = nearest(key, accepted); !meant.empty()) {
    problem.append("; did you mean \"").append(meant).append("\"?");
  }
  document_.fail(document_.locations().find(pointer).key, problem + "; expected one of " + list(accepted));
}

void config_node::fail_expected(const std::string& expected) const {
  fail("expected " + expected + ", got " + describe(value_));
}

void config_node::fail(const std::string& problem) const {
  const std::string where = pointer_.empty() ? "the whole text" : pointer_;
  document_.fail(document_.locations().find(pointer_).value, where + ": " + problem);
}

}  // namespace websock
