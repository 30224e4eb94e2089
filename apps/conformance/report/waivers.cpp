#include "report/waivers.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "server/config_node.hpp"
#include "websock/server/config.hpp"

namespace conformance {
namespace {

using websock::config_document;
using websock::config_node;

constexpr websock::config_key<waiver> keys[] = {
    {"agent", [](const config_node& value, waiver& into) { into.agent.glob = value.text(); }},
    {"cases",
     [](const config_node& value, waiver& into) {
       for (const auto& element : value.elements()) into.cases.push_back({element.text(), {}});
       if (into.cases.empty()) value.fail_expected("at least one case");
     }},
    {"behavior",
     [](const config_node& value, waiver& into) {
       into.behavior = verdict_named(value.text());
       const bool fails = into.behavior == verdict::non_strict || into.behavior == verdict::unimplemented ||
                          into.behavior == verdict::failed;
       if (!fails) value.fail_expected("NON-STRICT, UNIMPLEMENTED or FAILED");
     }},
    {"behaviorClose",
     [](const config_node& value, waiver& into) {
       into.behavior_close = verdict_named(value.text());
       const bool fails = into.behavior_close && into.behavior_close != verdict::ok &&
                          into.behavior_close != verdict::informational;
       if (!fails) {
         value.fail_expected("UNCLEAN, WRONG CODE, FAILED BY CLIENT, FAILED, NON-STRICT or UNIMPLEMENTED");
       }
     }},
    {"reason",
     [](const config_node& value, waiver& into) {
       into.reason = value.text();
       if (into.reason.find_first_not_of(" \t\n") == std::string::npos) value.fail_expected("a reason");
     }},
};

// "name:line:column: pointer"
std::string place_of(const config_document& document, std::string_view text, const std::string& name,
                     const std::string& pointer) {
  const auto position = websock::position_at(text, document.locations().find(pointer).value);
  return name + ":" + std::to_string(position.line) + ":" + std::to_string(position.column) + ": " + pointer;
}

waiver read_waiver(const config_node& node) {
  waiver read;
  node.read<waiver>(keys, read);
  for (const char* key : {"agent", "cases", "reason"}) static_cast<void>(node.member(key));
  if (!read.behavior && !read.behavior_close) node.fail("\"behavior\" or \"behaviorClose\" is missing");
  return read;
}

struct document_keys {
  std::vector<waiver> waivers;
};

constexpr websock::config_key<document_keys> root_keys[] = {
    {"waivers",
     [](const config_node& value, document_keys& into) {
       for (const auto& element : value.elements()) into.waivers.push_back(read_waiver(element));
     }},
};

}  // namespace

std::vector<waiver> parse_waivers(std::string_view text, const std::string& name) {
  const config_document document{text, name};
  const config_node root{document};
  document_keys read;
  root.read<document_keys>(root_keys, read);
  static_cast<void>(root.member("waivers"));
  for (std::size_t i = 0; i < read.waivers.size(); ++i) {
    const std::string pointer = "/waivers/" + std::to_string(i);
    auto& [agent, cases, behavior, close, reason] = read.waivers[i];
    agent.place = place_of(document, text, name, pointer);
    for (std::size_t j = 0; j < cases.size(); ++j) {
      cases[j].place = place_of(document, text, name, pointer + "/cases/" + std::to_string(j));
    }
  }
  return read.waivers;
}

std::vector<waiver> read_waivers(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (!file) throw websock::config_error{path + ": cannot be read"};
  return parse_waivers(text, path);
}

}  // namespace conformance
