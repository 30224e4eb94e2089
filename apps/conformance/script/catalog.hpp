// All cases that there are: the built-in ones, and those of folders.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "script/test_case.hpp"
#include "websock/server/config.hpp"

namespace conformance {

/// A script that cannot be used: "cases/mine.json:7:23: /cases/0/steps/1: expected ..., got ...".
using script_error = websock::config_error;

class catalog {
 public:
  /// The built-in cases.
  static catalog built_in();

  /// Adds the cases of all *.json files of a folder. Throws `script_error`, also for an id that is there already.
  void add_folder(const std::string& folder);
  /// Adds those of one document; `name` stands for the file in errors.
  void add(std::string_view text, const std::string& name);

  /// In the order of their ids, numbers as numbers: 1.2 before 1.10, Autobahn's before ours.
  [[nodiscard]] const std::vector<std::shared_ptr<const test_case>>& cases() const noexcept { return cases_; }
  [[nodiscard]] const test_case* find(std::string_view id) const noexcept;

 private:
  std::vector<std::shared_ptr<const test_case>> cases_;
};

/// Whether an id fits a glob of a specification: "*", "6.*", "6.4.1". '*' stands for any text; case counts.
[[nodiscard]] bool matches(std::string_view glob, std::string_view text) noexcept;

/// Whether `left` comes before `right`: parts between dots as numbers where they are.
[[nodiscard]] bool id_less(std::string_view left, std::string_view right) noexcept;

}  // namespace conformance
