#include "report/case_page.hpp"

#include <array>
#include <cstdio>

#include "embedded.hpp"
#include "report/html.hpp"
#include "report/json.hpp"
#include "report/tally.hpp"
#include "report/text.hpp"
#include "report/wire_log.hpp"

namespace conformance {
namespace {

using nlohmann::json;

std::string section(std::string_view title, std::string_view inner) {
  return "<section>\n" + html_element("h2", "", title) + "\n" + std::string{inner} + "</section>\n";
}

std::string paragraph(std::string_view octets) {
  return html_element("p", "", to_markup_lines(octets)) + "\n";
}

// --- The head: who, which case, what came of it -----------------------------------------------------------

std::string link(const std::string& file, std::string_view text) {
  return file.empty() ? "" : "<a href=\"" + to_markup(file) + "\">" + std::string{text} + "</a>\n";
}

std::string navigation(const case_links& links) {
  const std::string inner =
      link(links.previous, "&larr; Previous") + link(links.next, "Next &rarr;") + link(links.json, "JSON");
  return inner.empty() ? "" : html_element("nav", "", inner) + "\n";
}

std::string headline(const case_result& result) {
  const verdict worst = worse_of(result.behavior, result.behavior_close);
  const std::string line =
      to_markup(result.agent) + " - " + html_element("b", "", "Case " + to_markup(result.id)) + " : " +
      std::string{html_label(result.behavior)} + " - " +
      html_element("small", "", std::to_string(result.duration.count()) + " ms @ " + to_iso(result.started));
  std::string inner = html_element("h1", "", line) + "\n";
  const std::string close = "Close : " + std::string{html_label(result.behavior_close)};
  inner += html_element("p", html_class(result.behavior_close), close) + "\n";
  return html_element("div", "headline " + std::string{html_class(worst)}, inner) + "\n";
}

// --- What was expected, and what came -------------------------------------------------------------------

// As Python writes a string: the original's pages show events so.
std::string python_string(const std::string& text) {
  std::string quoted = "'";
  for (const char each : to_line(text)) {
    if (each == '\'') quoted += '\\';
    quoted += each;
  }
  return quoted + "'";
}

std::string python_event(const json& event) {
  std::string text;
  for (const auto& part : event) {
    if (!text.empty()) text += ", ";
    text +=
        part.is_boolean() ? (part.get<bool>() ? "True" : "False") : python_string(part.get<std::string>());
  }
  return "(" + text + ")";
}

std::string python_events(const json& events) {
  std::string text;
  for (const auto& event : events) text += (text.empty() ? "" : ", ") + python_event(event);
  return "[" + text + "]";
}

std::string python_expected(const case_result& result) {
  std::string text;
  for (const auto& list : result.expected) {
    text += (text.empty() ? "" : ", ") + python_string(list.verdict) + ": " +
            python_events(to_json(list.events, result.seed));
  }
  return "{" + text + "}";
}

std::string code_block(const std::string& text) {
  constexpr std::size_t most = 10'000;
  const std::string_view front = front_of(text, text.size(), most);
  return html_element("pre", "events", to_markup(front) + (front.size() < text.size() ? " ..." : "")) + "\n";
}

std::string outcome(const case_result& result) {
  return section("Case Outcome", paragraph(result.result) + html_element("h3", "", "Expected:") + "\n" +
                                     code_block(python_expected(result)) +
                                     html_element("h3", "", "Observed:") + "\n" +
                                     code_block(python_events(to_json(result.received))));
}

std::string closing_verdict(const case_result& result) {
  const std::string text = result.result_close + " (" + std::string{name_of(result.behavior_close)} + ")";
  return section("Case Closing Behavior", paragraph(text));
}

std::string explanation(const test_case* script) {
  if (script == nullptr || (script->explanation.empty() && script->references.empty())) return "";
  std::string inner;
  if (!script->explanation.empty()) inner += paragraph(script->explanation);
  std::string references;
  for (const auto& each : script->references) references += (references.empty() ? "" : ", ") + each;
  if (!references.empty()) inner += html_element("p", "references", to_markup(references)) + "\n";
  return section("Why It Matters", inner);
}

// --- The handshakes -------------------------------------------------------------------------------------

std::string head_block(std::string_view whole) {
  std::string_view head = front_of(whole, whole.size(), shown_head);
  const bool is_cut = head.size() < whole.size();
  while (!head.empty() && (head.back() == '\r' || head.back() == '\n')) head.remove_suffix(1);
  return html_element("pre", "http", head.empty() ? "None" : to_markup_lines(head) + (is_cut ? " ..." : "")) +
         "\n";
}

std::string opening(const case_result& result) {
  return section("Opening Handshake", head_block(result.http_request) + head_block(result.http_response));
}

std::string flag(bool value) { return value ? "True" : "False"; }
std::string text_or_none(const std::optional<std::string>& value) {
  return value ? to_markup(*value) : "None";
}
std::string code_or_none(std::optional<std::uint16_t> value) {
  return value ? std::to_string(*value) : "None";
}

std::string closing_row(const char* key, const std::string& value, const char* description) {
  return "<tr>" + html_element("th", "", key) + html_element("td", "", value) +
         html_element("td", "", description) + "</tr>\n";
}

std::string closing(const case_result& of) {
  std::string rows = "<thead><tr><th>Key</th><th>Value</th><th>Description</th></tr></thead>\n<tbody>\n";
  rows += closing_row("isServer", flag(of.is_server),
                      "Whether the runner was the server, and the subject the client.");
  rows += closing_row("closedByMe", flag(of.closed_by_me), "Whether the runner sent its Close frame first.");
  rows += closing_row(
      "failedByMe", flag(of.failed_by_me),
      "Whether the runner failed the connection, with a Close frame or without: the subject broke a "
      "rule or was late.");
  rows += closing_row("droppedByMe", flag(of.dropped_by_me), "Whether the runner ended the TCP connection.");
  rows +=
      closing_row("wasClean", flag(of.was_clean),
                  "Whether both sides sent a Close frame, and the server ended TCP then, as is its task.");
  rows += closing_row("wasNotCleanReason", text_or_none(of.was_not_clean_reason),
                      "Where wasClean is False: what happened.");
  rows += closing_row("wasServerConnectionDropTimeout", flag(of.server_connection_drop_timeout),
                      "Whether a server did not end TCP in time.");
  rows += closing_row("wasOpenHandshakeTimeout", flag(of.open_handshake_timeout),
                      "Whether the opening handshake was not complete in time.");
  rows += closing_row("wasCloseHandshakeTimeout", flag(of.close_handshake_timeout),
                      "Whether the runner's Close frame was not answered in time.");
  rows += closing_row("localCloseCode", code_or_none(of.local_close_code),
                      "The code in the runner's Close frame.");
  rows += closing_row("localCloseReason", text_or_none(of.local_close_reason),
                      "The reason in the runner's Close frame.");
  rows += closing_row("remoteCloseCode", code_or_none(of.remote_close_code),
                      "The code in the subject's Close frame.");
  rows += closing_row("remoteCloseReason", text_or_none(of.remote_close_reason),
                      "The reason in the subject's Close frame.");
  return section("Closing Behavior", "<table class=\"keys\">\n" + rows + "</tbody></table>\n");
}

// --- Numbers --------------------------------------------------------------------------------------------

std::string number_row(const char* element, const std::vector<std::string>& cells) {
  std::string text = "<tr>";
  for (const auto& cell : cells) text += html_element(element, "", cell);
  return text + "</tr>\n";
}

std::string number_table(std::string_view title, const std::string& rows) {
  return "<div>" + html_element("h3", "", title) + "\n<table class=\"numbers\">\n" + rows +
         "</table></div>\n";
}

std::string octets_table(std::string_view title, const std::map<std::uint64_t, std::uint64_t>& stats) {
  std::string rows = number_row("th", {"Chop Size", "Count", "Octets"});
  std::uint64_t counts = 0;
  std::uint64_t octets = 0;
  for (const auto& [size, count] : stats) {
    rows += number_row("td", {std::to_string(size), std::to_string(count), std::to_string(size * count)});
    counts += count;
    octets += size * count;
  }
  return number_table(title,
                      rows + number_row("th", {"Total", std::to_string(counts), std::to_string(octets)}));
}

std::string frames_table(std::string_view title, const std::map<unsigned, std::uint64_t>& stats) {
  std::string rows = number_row("th", {"Opcode", "Count"});
  std::uint64_t counts = 0;
  for (const auto& [opcode, count] : stats) {
    rows += number_row("td", {std::to_string(opcode), std::to_string(count)});
    counts += count;
  }
  return number_table(title, rows + number_row("th", {"Total", std::to_string(counts)}));
}

std::string ratio(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", static_cast<double>(part) / static_cast<double>(whole));
  return text.data();
}

std::string compression_table(const traffic& of) {
  const auto row = [](const char* way, std::uint64_t messages, std::uint64_t plain, std::uint64_t wire) {
    return number_row("td", {way, std::to_string(messages), std::to_string(plain), std::to_string(wire),
                             ratio(wire, plain)});
  };
  return number_table("Compression",
                      number_row("th", {"", "Messages", "Plain Octets", "On the Wire", "Ratio"}) +
                          row("Received", of.messages_received, of.plain_received, of.wire_received) +
                          row("Transmitted", of.messages_sent, of.plain_sent, of.wire_sent));
}

std::string statistics(const case_result& of) {
  std::string tables = octets_table("Octets Received by Chop Size", of.octets_received) +
                       octets_table("Octets Transmitted by Chop Size", of.octets_sent) +
                       frames_table("Frames Received by Opcode", of.frames_received) +
                       frames_table("Frames Transmitted by Opcode", of.frames_sent);
  if (of.compression) tables += compression_table(*of.compression);
  return section("Wire Statistics", html_element("div", "tables", "\n" + tables) + "\n");
}

// --- The wire log ---------------------------------------------------------------------------------------

std::string_view wire_class(const wire_lines& entry) {
  switch (entry.what) {
    case wire_lines::kind::received:
      return entry.is_frame ? "rx frame" : "rx";
    case wire_lines::kind::sent:
      return entry.is_frame ? "tx frame" : "tx";
    case wire_lines::kind::timer:
      return "timer";
    case wire_lines::kind::end:
      break;
  }
  return "end";
}

std::string wire_log(const case_result& of) {
  std::string text;
  for (const auto& entry : wire_log_lines(of)) {
    std::string lines;
    for (const auto& line : entry.lines) lines += to_markup(line) + "\n";
    text += html_element("span", wire_class(entry), lines);
  }
  return section("Wire Log", html_element("pre", "wire", text) + "\n");
}

}  // namespace

std::string case_page(const case_result& result, const test_case* script, const case_links& links) {
  std::string body = "<header><a class=\"home\" href=\"index.html\">websock conformance report</a>\n" +
                     navigation(links) + "</header>\n<main>\n";
  body += headline(result);
  body += section("Case Description", paragraph(result.description));
  body += section("Case Expectation", paragraph(result.expectation));
  body += outcome(result) + closing_verdict(result) + explanation(script);
  body += opening(result) + closing(result) + statistics(result) + wire_log(result) + "</main>\n";
  return html_page(result.agent + " - Case " + result.id, embedded("report/case.css"), body);
}

}  // namespace conformance
