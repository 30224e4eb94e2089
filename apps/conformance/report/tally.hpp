// Counts of verdicts, and the headings that cases are counted under.
#pragma once

#include <map>
#include <string>

#include "run/verdict.hpp"
#include "script/catalog.hpp"

namespace conformance {

struct tally {
  std::map<verdict, std::size_t> behavior;
  std::map<verdict, std::size_t> close;
  std::map<verdict, std::size_t> both;  ///< each case once, by the worse of its two verdicts
  std::size_t cases = 0;
  std::size_t passed = 0;  ///< by both verdicts

  void add(verdict of_behavior, verdict of_close);

  /// Of both, as a reader ranks them: what fails first, OK last.
  [[nodiscard]] verdict worst() const noexcept;
};

/// The worse of a case's two verdicts.
[[nodiscard]] verdict worse_of(verdict behavior, verdict close) noexcept;

/// Where a case stands: its group by the first part of its id, its subgroup by the first two.
struct case_heading {
  std::string group_id;     ///< "1"
  std::string group;        ///< "Framing"; empty for a case that is not in the catalog
  std::string subgroup_id;  ///< "1.2"
  std::string subgroup;
};

case_heading heading_of(const std::string& id, const catalog& cases);

}  // namespace conformance
