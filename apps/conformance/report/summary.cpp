#include "report/summary.hpp"

#include <algorithm>
#include <map>

#include "report/tally.hpp"
#include "report/text.hpp"

namespace conformance {
namespace {

using outcome = judgement::outcome;

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char each) { return (static_cast<unsigned char>(each) & 0xc0) != 0x80; }));
}

// The first `width` characters, the last of them "…" where there are more.
std::string cut(std::string_view text, std::size_t width) {
  if (width == 0 || width_of(text) <= width) return std::string{text};
  std::size_t at = 0;
  for (std::size_t characters = 0; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (begins && ++characters == width) break;
  }
  return std::string{text.substr(0, at)} + "…";
}

std::string padding(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, width_of(text)), ' ');
}

std::string left(std::string_view text, std::size_t width) {
  return std::string{text} + padding(text, width);
}
std::string right(std::string_view text, std::size_t width) {
  return padding(text, width) + std::string{text};
}

// --- The table: rows of cells, each with a colour -------------------------------------------------------

enum class colour : std::uint8_t { none, green, yellow, blue, red, bold };

std::string coloured(std::string text, colour with, const summary_style& style) {
  if (!style.colours || with == colour::none) return text;
  const char* codes[] = {"0", "32", "33", "34", "31", "1"};
  return std::string{"\x1b["} + codes[static_cast<std::size_t>(with)] + "m" + text + "\x1b[0m";
}

colour colour_of(verdict value) noexcept {
  if (!is_pass(value)) return colour::red;
  if (value == verdict::non_strict || value == verdict::unimplemented) return colour::yellow;
  return value == verdict::ok ? colour::green : colour::blue;
}

struct cell {
  std::string text;
  colour with = colour::none;
};

struct row {
  std::string label;
  std::vector<cell> cells;
};

struct table {
  std::vector<std::string> agents;
  std::vector<row> rows;
};

struct agent_tally {
  tally all;
  std::map<std::string, tally, id_order> groups;
};

using tallies = std::map<std::string, agent_tally>;

tallies count(const gate_report& gate, const catalog& cases) {
  tallies by_agent;
  for (const auto& judged : gate.judgements) {
    const case_result& result = *judged.result;
    auto& of_agent = by_agent[result.agent];
    of_agent.all.add(result.behavior, result.behavior_close);
    of_agent.groups[heading_of(result.id, cases).group_id].add(result.behavior, result.behavior_close);
  }
  return by_agent;
}

std::map<std::string, std::string, id_order> group_labels(const gate_report& gate, const catalog& cases) {
  std::map<std::string, std::string, id_order> labels;
  for (const auto& judged : gate.judgements) {
    const case_heading heading = heading_of(judged.result->id, cases);
    auto& label = labels[heading.group_id];
    if (label.empty()) label = to_line(heading.group_id + (heading.group.empty() ? "" : " " + heading.group));
  }
  return labels;
}

cell passed_cell(const tally& counted) {
  if (counted.cases == 0) return {"-"};
  const std::string text = std::to_string(counted.passed) + "/" + std::to_string(counted.cases);
  return {text, counted.passed == counted.cases ? colour::green : colour::red};
}

row group_row(const std::string& label, const std::string& group, const tallies& counted) {
  row line{label, {}};
  for (const auto& [agent, of_agent] : counted) {
    const auto found = of_agent.groups.find(group);
    line.cells.push_back(passed_cell(found == of_agent.groups.end() ? tally{} : found->second));
  }
  return line;
}

row all_row(const tallies& counted) {
  row line{"All", {}};
  for (const auto& [agent, of_agent] : counted) line.cells.push_back(passed_cell(of_agent.all));
  return line;
}

using verdict_counts = std::map<verdict, std::size_t> tally::*;

// One row a verdict that somebody has.
void add_verdict_rows(table& into, const tallies& counted, verdict_counts counts, const std::string& prefix) {
  for (auto value = verdict::ok; value <= verdict::failed_by_client;
       value = static_cast<verdict>(static_cast<unsigned>(value) + 1)) {
    row line{prefix + std::string{name_of(value)}, {}};
    std::size_t sum = 0;
    for (const auto& [agent, of_agent] : counted) {
      const auto& by_verdict = of_agent.all.*counts;
      const auto found = by_verdict.find(value);
      const std::size_t number = found == by_verdict.end() ? 0 : found->second;
      sum += number;
      line.cells.push_back(number == 0 ? cell{"-"} : cell{std::to_string(number), colour_of(value)});
    }
    if (sum != 0) into.rows.push_back(std::move(line));
  }
}

table make_table(const gate_report& gate, const catalog& cases) {
  table made;
  const tallies counted = count(gate, cases);
  for (const auto& [agent, of_agent] : counted) made.agents.push_back(to_line(agent));
  for (const auto& [group, label] : group_labels(gate, cases))
    made.rows.push_back(group_row(label, group, counted));
  made.rows.push_back(all_row(counted));
  made.rows.push_back({});
  add_verdict_rows(made, counted, &tally::behavior, "");
  add_verdict_rows(made, counted, &tally::close, "close ");
  return made;
}

// The columns from `first` on that fit beside the labels; one at least.
std::size_t columns_that_fit(const std::vector<std::size_t>& widths, std::size_t first, std::size_t label,
                             std::size_t width) {
  std::size_t end = first;
  std::size_t used = label;
  while (end < widths.size() && (width == 0 || end == first || used + widths[end] + 2 <= width)) {
    used += widths[end++] + 2;
  }
  return end;
}

std::string table_lines(const table& of, std::size_t first, std::size_t end, std::size_t label,
                        const std::vector<std::size_t>& widths, const summary_style& style) {
  std::string text = left("", label);
  for (std::size_t i = first; i < end; ++i) {
    text += "  " + coloured(right(cut(of.agents[i], widths[i]), widths[i]), colour::bold, style);
  }
  text += "\n";
  for (const auto& line : of.rows) {
    if (!line.cells.empty()) text += left(cut(line.label, label), label);
    for (std::size_t i = first; i < std::min(end, line.cells.size()); ++i) {
      text += "  " + coloured(right(line.cells[i].text, widths[i]), line.cells[i].with, style);
    }
    text += "\n";
  }
  return text;
}

std::string table_text(const table& of, const summary_style& style) {
  constexpr std::size_t longest_agent = 24;
  std::size_t label = 0;
  for (const auto& line : of.rows) label = std::max(label, width_of(line.label));
  if (style.width != 0) label = std::min(label, std::max<std::size_t>(style.width / 2, 10));
  std::vector<std::size_t> widths;
  for (const auto& agent : of.agents)
    widths.push_back(std::clamp<std::size_t>(width_of(agent), 9, longest_agent));
  std::string text;
  for (std::size_t first = 0; first < widths.size();) {
    const std::size_t end = columns_that_fit(widths, first, label, style.width);
    text += (text.empty() ? "" : "\n") + table_lines(of, first, end, label, widths, style);
    first = end;
  }
  return text;
}

// --- The cases that do not pass --------------------------------------------------------------------------

// What is wrong with it, in one line; a case that passes has nothing to say.
std::string problem_of(const case_result& result) {
  std::string text;
  if (!is_pass(result.behavior) || result.behavior == verdict::non_strict) text = result.result;
  if (!is_pass(result.behavior_close)) {
    text += (text.empty() ? "" : " ") + result.result_close;
    if (result.was_not_clean_reason) text += ": " + *result.was_not_clean_reason;
  }
  return text.empty() ? result.result : text;
}

std::string verdicts_of(const case_result& result) {
  std::string text{name_of(result.behavior)};
  if (result.behavior_close != verdict::ok) text.append(", close ").append(name_of(result.behavior_close));
  return text;
}

bool is_worth_a_line(const judgement& judged) {
  const verdict worst = worse_of(judged.result->behavior, judged.result->behavior_close);
  return worst != verdict::ok && worst != verdict::informational;
}

std::string case_line(const judgement& judged, const summary_style& style) {
  const case_result& result = *judged.result;
  const std::string head = "  " + left(to_line(result.id), 10) + " " + left(verdicts_of(result), 12) + "  ";
  std::string tail = to_line(problem_of(result));
  if (judged.what == outcome::waived) tail = "waived: " + to_line(judged.reason) + " (" + tail + ")";
  const colour with = judged.what == outcome::failed ? colour::red : colour::yellow;
  return coloured(cut(head + tail, style.width), with, style) + "\n";
}

// As many lines an agent as one reads.
std::string case_lines(const gate_report& gate, const summary_style& style) {
  constexpr std::size_t most_a_agent = 60;
  std::string text;
  const std::string* agent = nullptr;
  std::size_t lines = 0;
  std::size_t left_out = 0;
  const auto end_agent = [&] {
    if (left_out != 0) text += "  and " + std::to_string(left_out) + " more: see the report\n";
    lines = left_out = 0;
  };
  for (const auto& judged : gate.judgements) {
    if (!is_worth_a_line(judged)) continue;
    if (agent == nullptr || *agent != judged.result->agent) {
      end_agent();
      agent = &judged.result->agent;
      text += "\n" + coloured(to_line(*agent), colour::bold, style) + "\n";
    }
    if (lines++ < most_a_agent) {
      text += case_line(judged, style);
    } else {
      ++left_out;
    }
  }
  end_agent();
  return text;
}

std::string end_line(const gate_report& gate, const summary_style& style) {
  const auto count = [&](outcome what) {
    return std::ranges::count_if(gate.judgements, [what](const auto& each) { return each.what == what; });
  };
  if (gate.judgements.empty()) return coloured("No case was run.", colour::red, style) + "\n";
  std::string text = std::to_string(gate.judgements.size()) +
                     " results: " + std::to_string(count(outcome::passed)) + " passed, " +
                     std::to_string(count(outcome::failed)) + " failed, " +
                     std::to_string(count(outcome::waived)) + " waived";
  return coloured(std::move(text), gate.passed() ? colour::green : colour::red, style) + "\n";
}

}  // namespace

std::string summary(const gate_report& gate, const catalog& cases, const summary_style& style) {
  std::string text;
  if (!gate.judgements.empty())
    text = table_text(make_table(gate, cases), style) + case_lines(gate, style) + "\n";
  for (const auto& unused : gate.unused) text += coloured(unused, colour::red, style) + "\n";
  return text + end_line(gate, style);
}

}  // namespace conformance
