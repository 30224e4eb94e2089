#include "script/rows.hpp"

#include <charconv>
#include <string>
#include <string_view>

namespace conformance {
namespace {

using nlohmann::json;
using websock::config_node;

std::vector<json> read_list(const config_node& at) {
  std::vector<json> rows;
  for (const config_node& row : at.elements()) {
    if (!row.value().is_object()) row.fail_expected("an object with the variables of a row");
    rows.push_back(row.value());
  }
  if (rows.empty()) at.fail_expected("at least one row");
  return rows;
}

std::vector<json> multiply(const std::vector<json>& left, const std::vector<json>& right) {
  std::vector<json> product;
  for (const json& one : left) {
    for (const json& other : right) {
      json both = one;
      both.update(other);
      product.push_back(std::move(both));
    }
  }
  return product;
}

class substitution {
 public:
  explicit substitution(const json& row) : row_{row} {}

  json apply(const config_node& at) const {
    if (at.value().is_string()) return apply_text(at);
    if (at.value().is_object()) return apply_object(at);
    if (!at.value().is_array()) return at.value();
    json copy = json::array();
    for (const config_node& element : at.elements()) copy.push_back(apply(element));
    return copy;
  }

 private:
  // The steps of an "each" have variables of their own beside ours, so they wait for its rows, which take ours
  // along.
  json apply_object(const config_node& at) const {
    const bool has_rows = at.has("each");
    json copy = json::object();
    for (const auto& [key, value] : at.value().items()) {
      copy[key] = has_rows && key == "steps" ? value : apply(at.member(key));
    }
    if (has_rows) add_own(copy["each"]);
    return copy;
  }

  void add_own(json& rows) const {
    if (!rows.is_array() || rows.empty()) return;
    for (json& row : rows.front().is_array() ? rows.front() : rows) {
      if (!row.is_object()) continue;
      json both = row_;
      both.update(row);
      row = std::move(both);
    }
  }

  json apply_text(const config_node& at) const {
    const std::string text = at.text();
    if (text.find("${") == std::string::npos) return text;
    const bool is_one = text.starts_with("${") && text.find('}') == text.size() - 1;
    if (is_one) return look_up(at, std::string_view{text}.substr(2, text.size() - 3));
    return write_out(at, text);
  }

  std::string write_out(const config_node& at, const std::string& text) const {
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
      if (text.compare(i, 3, "$${") == 0) {
        result += "${";
        i += 3;
      } else if (text.compare(i, 2, "${") == 0) {
        const std::size_t end = text.find('}', i);
        if (end == std::string::npos) at.fail("\"${\" without its \"}\" in \"" + text + "\"");
        const json value = look_up(at, std::string_view{text}.substr(i + 2, end - i - 2));
        result += value.is_string() ? value.get<std::string>() : value.dump();
        i = end + 1;
      } else {
        result += text[i++];
      }
    }
    return result;
  }

  json look_up(const config_node& at, std::string_view name) const {
    const std::size_t plus = name.find('+');
    const std::string variable{name.substr(0, plus)};
    const auto found = row_.find(variable);
    if (found == row_.end()) at.fail("no row has the variable \"" + variable + "\"");
    if (plus == std::string_view::npos) return *found;
    std::uint64_t more = 0;
    const std::string_view number = name.substr(plus + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), more);
    if (error != std::errc{} || end != number.data() + number.size() || !found->is_number_unsigned()) {
      at.fail("expected a number on both sides of the + in \"${" + std::string{name} + "}\"");
    }
    return found->get<std::uint64_t>() + more;
  }

  const json& row_;
};

}  // namespace

std::vector<json> read_rows(const config_node& at) {
  const auto elements = at.elements();
  if (elements.empty() || !elements.front().value().is_array()) return read_list(at);
  std::vector<json> rows{json::object()};
  for (const config_node& element : elements) rows = multiply(rows, read_list(element));
  return rows;
}

json substitute(const config_node& at, const json& row) { return substitution{row}.apply(at); }

}  // namespace conformance
