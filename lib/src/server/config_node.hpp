// A value of a configuration with its place in the text: what the reader of keys is written with.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/json_locations.hpp"
#include "websock/core/units.hpp"

namespace websock {

/// A parsed text. Throws `config_error` for what is no JSON and for a key given twice.
class config_document {
 public:
  config_document(std::string_view text, std::string_view name);

  [[nodiscard]] const nlohmann::json& root() const noexcept { return root_; }
  [[nodiscard]] const json_locations& locations() const noexcept { return *locations_; }

  /// Throws `config_error` "name:line:column: problem".
  [[noreturn]] void fail(std::size_t offset, const std::string& problem) const;

 private:
  nlohmann::json parse() const;

  std::string_view text_;
  std::string_view name_;
  nlohmann::json root_;
  std::optional<json_locations> locations_;
};

class config_node;

/// A key that an object may have, and how its value is read. Tables of these are the grammar.
template <typename Target>
struct config_key {
  std::string_view name;
  void (*read)(const config_node& value, Target& into);
};

class config_node {
 public:
  explicit config_node(const config_document& document) : document_{document}, value_{document.root()} {}
  /// A value that was made from what stands at `pointer` of the document.
  config_node(const config_document& document, const nlohmann::json& value, std::string pointer)
      : document_{document}, value_{value}, pointer_{std::move(pointer)} {}

  [[nodiscard]] const nlohmann::json& value() const noexcept { return value_; }
  [[nodiscard]] const std::string& pointer() const noexcept { return pointer_; }
  [[nodiscard]] const config_document& document() const noexcept { return document_; }

  // Each throws `config_error` with the place of the value when it is something else.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool flag() const;
  [[nodiscard]] std::uint64_t number(std::uint64_t least, std::uint64_t most) const;
  [[nodiscard]] std::uint64_t size(std::uint64_t least) const;          ///< "16MiB" or a number of bytes
  [[nodiscard]] std::uint64_t size_or_none(std::uint64_t least) const;  ///< "none": unlimited
  [[nodiscard]] std::uint64_t number_or_none(std::uint64_t least, std::uint64_t most) const;
  [[nodiscard]] duration time() const;          ///< over zero
  [[nodiscard]] duration time_or_none() const;  ///< over zero, or "none"
  [[nodiscard]] duration time_from_zero() const;  ///< zero too, or "none"

  /// The elements of an array.
  [[nodiscard]] std::vector<config_node> elements() const;

  [[nodiscard]] bool is_none() const {
    return value_.is_string() && value_.get_ref<const std::string&>() == "none";
  }
  [[nodiscard]] bool has(std::string_view key) const;
  /// A member that must be there.
  [[nodiscard]] config_node member(std::string_view key) const;

  /// Reads the members of an object into `into` by the table; refuses keys that are not in it.
  template <typename Target>
  void read(std::span<const config_key<Target>> keys, Target& into) const {
    std::vector<std::string_view> names;
    for (const auto& key : keys) names.push_back(key.name);
    check_keys(names);
    for (const auto& key : keys) {
      if (has(key.name)) key.read(member(key.name), into);
    }
  }

  /// "NAME:LINE:COLUMN: /pointer: expected EXPECTED, got what is there".
  [[noreturn]] void fail_expected(const std::string& expected) const;
  /// "NAME:LINE:COLUMN: /pointer: PROBLEM".
  [[noreturn]] void fail(const std::string& problem) const;

 private:
  void check_keys(const std::vector<std::string_view>& accepted) const;
  [[noreturn]] void fail_unknown(const std::string& key, const std::vector<std::string_view>& accepted) const;
  const config_document& document_;
  const nlohmann::json& value_;
  std::string pointer_;
};

}  // namespace websock
