// The results of a run, by agent and case.
#pragma once

#include <map>
#include <string>

#include "run/result.hpp"
#include "script/catalog.hpp"

namespace conformance {

struct id_order {
  bool operator()(const std::string& left, const std::string& right) const noexcept {
    return id_less(left, right);
  }
};

/// One thread.
class result_set {
 public:
  using by_case = std::map<std::string, case_result, id_order>;

  /// A result that is there already is replaced.
  void add(case_result result) {
    by_case& of_agent = agents_[result.agent];
    std::string id = result.id;
    of_agent.insert_or_assign(std::move(id), std::move(result));
  }
  [[nodiscard]] const std::map<std::string, by_case>& agents() const noexcept { return agents_; }

 private:
  std::map<std::string, by_case> agents_;
};

}  // namespace conformance
