#include "websock/http/fields.hpp"

#include <limits>
#include <system_error>

#include "websock/core/error.hpp"
#include "websock/http/syntax.hpp"

namespace websock::http {
namespace {

constexpr std::size_t largest_text = std::numeric_limits<std::uint32_t>::max();

// The name as an error message may show it: not when it is what is wrong.
std::string describe(std::string_view name) {
  return is_token(name) ? "field \"" + std::string{name} + "\": its value" : "a field's name";
}

}  // namespace

fields::fields(std::initializer_list<field> list) {
  for (const auto& [name, value] : list) add(name, value);
}

void fields::add(std::string_view name, std::string_view value) {
  if (!try_add(name, value)) {
    throw std::system_error{errc::field_invalid, describe(name) + " has a character that is not allowed"};
  }
}

bool fields::try_add(std::string_view name, std::string_view value) {
  if (!is_token(name) || !is_field_value(value)) return false;
  value = trim(value);
  if (name.size() > largest_text - text_.size()) return false;
  if (value.size() > largest_text - text_.size() - name.size()) return false;
  text_.append(name);
  const auto name_end = static_cast<std::uint32_t>(text_.size());
  text_.append(value);
  lines_.push_back({name_end, static_cast<std::uint32_t>(text_.size())});
  return true;
}

void fields::set(std::string_view name, std::string_view value) {
  fields replacement{{name, value}};  // throws before anything is lost
  remove(name);
  const field added = replacement[0];
  add(added.name, added.value);
}

void fields::remove(std::string_view name) {
  if (count(name) == 0) return;
  fields kept;
  kept.reserve(size(), text_.size());
  for (std::size_t index = 0; index < size(); ++index) {
    const auto [other, value] = (*this)[index];
    if (!equals_ignoring_case(other, name)) kept.add(other, value);
  }
  *this = std::move(kept);
}

void fields::reserve(std::size_t lines, std::size_t text_bytes) {
  lines_.reserve(lines);
  text_.reserve(text_bytes);
}

std::optional<std::string_view> fields::find(std::string_view name) const noexcept {
  for (std::size_t index = 0; index < size(); ++index) {
    const auto [other, value] = (*this)[index];
    if (equals_ignoring_case(other, name)) return value;
  }
  return std::nullopt;
}

std::size_t fields::count(std::string_view name) const noexcept {
  std::size_t found = 0;
  for (std::size_t index = 0; index < size(); ++index) {
    if (equals_ignoring_case((*this)[index].name, name)) ++found;
  }
  return found;
}

std::string fields::combined(std::string_view name) const {
  std::string list;
  bool first = true;
  for (std::size_t index = 0; index < size(); ++index) {
    const auto [other, value] = (*this)[index];
    if (!equals_ignoring_case(other, name)) continue;
    if (!first) list += ", ";
    list += value;
    first = false;
  }
  return list;
}

bool fields::has_token(std::string_view name, std::string_view token) const noexcept {
  for (std::size_t index = 0; index < size(); ++index) {
    const auto [other, value] = (*this)[index];
    if (!equals_ignoring_case(other, name)) continue;
    for (list_reader list{value}; const auto element = list.next();) {
      if (equals_ignoring_case(*element, token)) return true;
    }
  }
  return false;
}

}  // namespace websock::http
