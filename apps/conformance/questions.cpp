#include "questions.hpp"

#include <sstream>

namespace conformance {
namespace {

constexpr std::size_t line_width = 96;

std::string wrap(const std::string& text) {
  std::istringstream words{text};
  std::string wrapped;
  std::size_t column = 0;
  for (std::string word; words >> word; column += word.size()) {
    if (column != 0) {
      const bool fits = column + 1 + word.size() <= line_width;
      wrapped += fits ? " " : "\n";
      column = fits ? column + 1 : 0;
    }
    wrapped += word;
  }
  return wrapped + "\n";
}

std::string_view subjects_of(const test_case& script) noexcept {
  if (script.for_servers && script.for_clients) return "server client";
  return script.for_servers ? "server" : "client";
}

std::string closing_of(const expected_close& wanted) {
  constexpr std::string_view who[] = {"The runner closes", "The subject ends the connection",
                                      "Either side closes", "No session is opened"};
  std::string text{who[static_cast<std::size_t>(wanted.by)]};
  if (wanted.by == closer::nobody) return text + ".";
  text += wanted.must_be_clean ? ", cleanly; codes: " : "; codes: ";
  for (const std::uint16_t code : wanted.codes) text += std::to_string(code) + " ";
  return text + "or none.";
}

}  // namespace

std::string list_cases(const catalog& all, const std::string& glob) {
  std::string lines;
  for (const auto& one : all.cases()) {
    if (!matches(glob, one->id)) continue;
    std::string id = one->id;
    id.resize(std::max<std::size_t>(id.size(), 8), ' ');
    lines.append(id).append("  ").append(one->description).append("\n");
  }
  if (lines.empty()) throw script_error{"--list: no case fits \"" + glob + "\""};
  return lines;
}

std::string explain_case(const catalog& all, const std::string& id) {
  const test_case* const found = all.find(id);
  if (found == nullptr) throw script_error{"--explain: there is no case \"" + id + "\"; --list shows all"};
  std::string text = "Case " + found->id + ": " + found->group;
  if (!found->subgroup.empty()) text += ", " + found->subgroup;
  text += "\nTests: " + std::string{subjects_of(*found)} + "\nReferences:";
  for (const std::string& reference : found->references) text += " " + reference + ";";
  text.back() = '\n';
  text += "\n" + wrap(found->description) + "\nExpected: " + wrap(found->expectation);
  text += "\n" + wrap(closing_of(found->closing));
  if (!found->explanation.empty()) text += "\n" + wrap(found->explanation);
  return text;
}

}  // namespace conformance
