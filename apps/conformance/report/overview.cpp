#include "report/overview.hpp"

#include <algorithm>
#include <set>

#include "embedded.hpp"
#include "report/html.hpp"
#include "report/tally.hpp"
#include "report/text.hpp"

namespace conformance {
namespace {

using group_tallies = std::map<std::string, tally, id_order>;

struct column {
  std::string name;  // of the agent, as markup
  const report_index::mapped_type* entries = nullptr;
  tally all;
  group_tallies groups;
};

std::vector<column> columns_of(const report_index& index, const catalog& cases) {
  std::vector<column> columns;
  for (const auto& [agent, entries] : index) {
    column& of_agent = columns.emplace_back(column{to_markup(agent), &entries, {}, {}});
    for (const auto& [id, entry] : entries) {
      of_agent.all.add(entry.behavior, entry.behavior_close);
      of_agent.groups[heading_of(id, cases).group_id].add(entry.behavior, entry.behavior_close);
    }
  }
  return columns;
}

std::set<std::string, id_order> ids_of(const report_index& index) {
  std::set<std::string, id_order> ids;
  for (const auto& [agent, entries] : index) {
    for (const auto& [id, entry] : entries) ids.insert(id);
  }
  return ids;
}

std::string dashed(std::string id) {
  for (char& each : id) each = each == '.' ? '-' : each;
  return to_markup(id);
}

// --- A card an agent ------------------------------------------------------------------------------------

std::string chips(const std::map<verdict, std::size_t>& counts) {
  std::string text;
  for (const auto& [value, count] : counts) {
    const std::string inner =
        html_element("b", "", std::to_string(count)) + " " + std::string{html_label(value)};
    text += html_element("span", "chip " + std::string{html_class(value)}, inner);
  }
  return text;
}

std::string bar(const tally& counted) {
  std::string parts;
  for (const auto& [value, count] : counted.both) {
    parts += "<i class=\"" + std::string{html_class(value)} +
             "\" style=\"flex-grow:" + std::to_string(count) + "\"></i>";
  }
  return html_element("div", "bar", parts) + "\n";
}

std::string card(const column& of) {
  const bool all = of.all.passed == of.all.cases;
  std::string inner = html_element("h2", "", of.name);
  inner += html_element("p", all ? "score" : "score bad",
                        html_element("b", "", std::to_string(of.all.passed)) + " of " +
                            std::to_string(of.all.cases) + " without a failure");
  inner += bar(of.all);
  inner += "<dl><dt>Case</dt>" + html_element("dd", "", chips(of.all.behavior)) + "<dt>Close</dt>" +
           html_element("dd", "", chips(of.all.close)) + "</dl>";
  return html_element("section", "card", inner) + "\n";
}

// --- Groups and agents ------------------------------------------------------------------------------------

std::string group_cell(const column& of, const std::string& group) {
  const auto found = of.groups.find(group);
  if (found == of.groups.end()) return html_element("td", "missing", "&ndash;");
  const tally& counted = found->second;
  const bool all = counted.passed == counted.cases;
  const verdict worst = counted.worst() == verdict::informational ? verdict::ok : counted.worst();
  const std::string text = all ? std::to_string(counted.cases)
                               : std::to_string(counted.passed) + " / " + std::to_string(counted.cases);
  return html_element("td", html_class(worst), text);
}

std::string group_name(const case_heading& heading) {
  return to_markup(heading.group.empty() ? heading.group_id : heading.group_id + " " + heading.group);
}

using groups = std::map<std::string, case_heading, id_order>;

groups groups_of(const std::set<std::string, id_order>& ids, const catalog& cases) {
  groups found;
  for (const auto& id : ids) {
    case_heading heading = heading_of(id, cases);
    auto& group = found[heading.group_id];
    if (group.group.empty()) group = std::move(heading);
  }
  return found;
}

std::string group_table(const std::vector<column>& columns, const groups& all) {
  std::string text = "<div class=\"scroll\"><table class=\"groups\">\n<thead><tr><th>Group</th>";
  for (const auto& of : columns) text += html_element("th", "", of.name);
  text += "</tr></thead>\n<tbody>\n";
  for (const auto& [group, heading] : all) {
    text += "<tr><th><a href=\"#group-" + dashed(group) + "\">" + group_name(heading) + "</a></th>";
    for (const auto& of : columns) text += group_cell(of, group);
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

// --- The legend -----------------------------------------------------------------------------------------

struct meaning {
  verdict value;
  const char* text;
};

constexpr meaning meanings[] = {
    {verdict::ok,
     "The subject did what the case expects. In the column of the close: the connection ended as it "
     "should, with the code that is shown."},
    {verdict::non_strict,
     "Not what is best, and not against the RFC either: for example invalid UTF-8 that is "
     "noticed only when the message is complete."},
    {verdict::informational, "There is no right or wrong here; the page of the case says what happened."},
    {verdict::unimplemented, "The subject did not agree to the extension that the case is about."},
    {verdict::failed,
     "The subject broke a rule. In the column of the close: the wrong side ended the connection, or "
     "it never opened."},
    {verdict::unclean, "The connection ended without a complete closing handshake."},
    {verdict::wrong_code, "The subject's Close frame said a code that is not right here."},
    {verdict::failed_by_client, "The subject, a server, did not end the TCP connection; the runner had to."},
};

std::string legend() {
  std::string text = "<details class=\"legend\"><summary>What the words mean</summary><dl>\n";
  for (const auto& [value, words] : meanings) {
    text += html_element("dt", html_class(value), html_label(value)) + html_element("dd", "", words) + "\n";
  }
  text += html_element("dt", "missing", "Missing") +
          html_element("dd", "", "The case was not run with this agent.");
  return text + "</dl></details>\n";
}

// --- Cases and agents -------------------------------------------------------------------------------------

std::string_view short_label(verdict value) noexcept {
  if (value == verdict::informational) return "Info";
  if (value == verdict::unimplemented) return "Unimpl.";
  return value == verdict::failed_by_client ? "No FIN" : html_label(value);
}

// The code where it is what matters, else the verdict.
std::string close_text(const index_entry& entry) {
  const std::string code = entry.remote_close_code ? std::to_string(*entry.remote_close_code) : "None";
  switch (entry.behavior_close) {
    case verdict::ok:
    case verdict::informational:
    case verdict::wrong_code:
      return code;
    default:
      return std::string{short_label(entry.behavior_close)};
  }
}

std::string page_of(const std::string& report_file) {
  return report_file.substr(0, report_file.rfind('.')) + ".html";
}

// Both verdicts in one cell, so that the close can be hidden without a hole in the table.
std::string case_cell(const index_entry& entry, bool with_time) {
  std::string text = std::string{short_label(entry.behavior)};
  if (with_time) text += html_element("small", "", std::to_string(entry.duration.count()) + " ms");
  return "<td><div><a class=\"" + std::string{html_class(entry.behavior)} + "\" href=\"" +
         to_markup(page_of(entry.report_file)) + "\">" + text + "</a><i class=\"close " +
         std::string{html_class(entry.behavior_close)} + "\" title=\"" +
         std::string{name_of(entry.behavior_close)} + "\">" + close_text(entry) + "</i></div></td>";
}

bool is_fine(verdict worst) noexcept { return worst == verdict::ok || worst == verdict::informational; }

// Rows that have nothing to mend can be left out of sight.
bool is_fine_case(const std::string& id, const std::vector<column>& columns) {
  return std::ranges::all_of(columns, [&](const column& of) {
    const auto found = of.entries->find(id);
    return found == of.entries->end() ||
           is_fine(worse_of(found->second.behavior, found->second.behavior_close));
  });
}

bool is_fine_group(const std::string& group, const std::vector<column>& columns) {
  return std::ranges::all_of(columns, [&](const column& of) {
    const auto found = of.groups.find(group);
    return found == of.groups.end() || is_fine(found->second.worst());
  });
}

std::string case_row(const std::string& id, const std::vector<column>& columns, const catalog& cases) {
  const test_case* script = cases.find(id);
  const std::string description = script ? to_markup(script->description) : "";
  std::string text = is_fine_case(id, columns) ? "<tr class=\"fine\">" : "<tr>";
  text += "<th id=\"case-" + dashed(id) + "\" title=\"" + description + "\"><span>" + to_markup(id) +
          "</span> <em>" + description + "</em></th>";
  for (const auto& of : columns) {
    const auto found = of.entries->find(id);
    text += found == of.entries->end() ? "<td class=\"missing\">&ndash;</td>"
                                       : case_cell(found->second, script && script->reports_time);
  }
  return text + "</tr>\n";
}

std::string group_row(const case_heading& heading, const std::vector<column>& columns) {
  const std::string fine = is_fine_group(heading.group_id, columns) ? " fine" : "";
  std::string text = "<tr class=\"group" + fine + "\" id=\"group-" + dashed(heading.group_id) + "\">" +
                     html_element("th", "", group_name(heading));
  for (const auto& of : columns) text += html_element("td", "", of.name);
  return text + "</tr>\n";
}

std::string subgroup_row(const case_heading& heading, std::size_t agents) {
  std::string text = "<tr class=\"subgroup\">" +
                     html_element("th", "", to_markup(heading.subgroup_id + " " + heading.subgroup));
  for (std::size_t i = 0; i < agents; ++i) text += "<td></td>";
  return text + "</tr>\n";
}

std::string case_table(const std::set<std::string, id_order>& ids, const std::vector<column>& columns,
                       const groups& all, const catalog& cases) {
  std::string text =
      "<div class=\"scroll\"><table class=\"cases\" style=\"--agents:" + std::to_string(columns.size()) +
      "\">\n<tbody>\n";
  std::string group;
  std::string subgroup;
  for (const auto& id : ids) {
    const case_heading heading = heading_of(id, cases);
    if (group != heading.group_id) text += group_row(all.at(heading.group_id), columns);
    if (subgroup != heading.subgroup_id && !heading.subgroup.empty())
      text += subgroup_row(heading, columns.size());
    group = heading.group_id;
    subgroup = heading.subgroup_id;
    text += case_row(id, columns, cases);
  }
  return text + "</tbody></table></div>\n";
}

constexpr std::string_view buttons =
    "<p class=\"buttons\"><button type=\"button\" data-class=\"without-close\">Hide close details</button>"
    "<button type=\"button\" data-class=\"only-problems\">Only what is not OK</button></p>\n";

std::string intro(std::size_t agents, std::size_t cases, std::chrono::system_clock::time_point generated) {
  return html_element("p", "intro",
                      std::to_string(cases) + (cases == 1 ? " case, " : " cases, ") + std::to_string(agents) +
                          (agents == 1 ? " agent" : " agents") + ", written at " + to_iso(generated) + ".") +
         "\n";
}

}  // namespace

std::string overview_page(const report_index& index, const catalog& cases,
                          std::chrono::system_clock::time_point generated) {
  const auto columns = columns_of(index, cases);
  const auto ids = ids_of(index);
  const groups all = groups_of(ids, cases);
  std::string body = "<header><h1>websock conformance report</h1>" +
                     intro(columns.size(), ids.size(), generated) + "</header>\n<main>\n<div class=\"top" +
                     (columns.size() < 3 ? " few" : "") + "\">\n<div class=\"cards\">\n";
  for (const auto& of : columns) body += card(of);
  body += "</div>\n" + group_table(columns, all) + "</div>\n" + legend();
  body.append(buttons).append(case_table(ids, columns, all, cases)).append("</main>\n<script>");
  body.append(embedded("report/toggle.js")).append("</script>\n");
  return html_page("websock conformance report", embedded("report/overview.css"), body);
}

}  // namespace conformance
