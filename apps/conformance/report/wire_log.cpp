#include "report/wire_log.hpp"

#include <array>
#include <cstdio>

#include "report/text.hpp"
#include "websock/protocol/utf8.hpp"

namespace conformance {
namespace {

using kind = wire_entry::kind;
using nlohmann::json;

constexpr std::size_t octets_on_page = 64;
constexpr std::size_t columns = 100;

std::string octets_text(const wire_entry& entry, std::size_t most) {
  const std::string_view front = std::string_view{entry.data}.substr(0, most);
  return to_hex(front) + (front.size() < entry.size ? " ..." : "");
}

// UTF-8 as text, all else as "0x03e8".
std::string payload_of(const wire_entry& entry, std::size_t most) {
  const std::string_view front = front_of(entry.data, entry.size, most);
  const bool is_text = websock::protocol::is_utf8(websock::as_bytes(front));
  if (!is_text) return "0x" + octets_text(entry, most);
  return to_line(front) + (front.size() < entry.size ? " ..." : "");
}

// --- JSON ---------------------------------------------------------------------------------------------

json optional_key(const wire_entry& entry) { return entry.key ? json(to_hex(*entry.key)) : json(nullptr); }

json sized(const wire_entry& entry, std::string text) { return json::array({entry.size, std::move(text)}); }

json frame_json(const wire_entry& entry) {
  const json data = sized(entry, payload_of(entry, shown_octets));
  if (entry.what == kind::frame_received) {
    return json::array(
        {"RF", data, entry.opcode, entry.fin, entry.reserved, entry.key.has_value(), optional_key(entry)});
  }
  const json chop = entry.chop == 0 ? json(nullptr) : json(entry.chop);
  return json::array(
      {"TF", data, entry.opcode, entry.fin, entry.reserved, optional_key(entry), nullptr, chop, false});
}

json entry_json(const wire_entry& entry) {
  const json tag = entry.tag.empty() ? json(nullptr) : json(to_utf8(entry.tag));
  switch (entry.what) {
    case kind::octets_received:
      return json::array({"RO", sized(entry, octets_text(entry, shown_octets))});
    case kind::octets_sent:
      return json::array({"TO", sized(entry, octets_text(entry, shown_octets)), false});
    case kind::frame_received:
    case kind::frame_sent:
      return frame_json(entry);
    case kind::wait_began:
      return json::array({"CT", entry.seconds, tag});
    case kind::wait_ended:
      return json::array({"CTE", tag});
    case kind::close_planned:
      return json::array({"TI", entry.seconds});
    case kind::close_begun:
      return json::array({"TIE"});
    case kind::kill_planned:
      return json::array({"KL", entry.seconds});
    case kind::killed:
      return json::array({"KLE"});
    case kind::left_out:
      return json::array({"WLM", false, entry.size});
    case kind::dropped_by_peer:
    case kind::dropped_by_me:
      break;
  }
  return nullptr;
}

// --- Lines --------------------------------------------------------------------------------------------

// Pieces of `columns` characters; a character of several octets is not cut.
std::vector<std::string> wrap(std::string_view text) {
  std::vector<std::string> lines;
  std::size_t characters = 0;
  for (const char each : text) {
    const bool begins = (static_cast<unsigned char>(each) & 0xc0) != 0x80;
    if (begins && characters++ % columns == 0) lines.emplace_back();
    lines.back() += each;
  }
  return lines;
}

std::string seconds_text(double seconds) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%f sec", seconds);
  return text.data();
}

// As Python writes it: what reads reports of the original reads these.
std::string flag(bool value) { return value ? "True" : "False"; }
std::string key_text(const wire_entry& entry) { return entry.key ? to_hex(*entry.key) : "None"; }

std::string frame_head(const wire_entry& entry) {
  const bool received = entry.what == kind::frame_received;
  std::string text = received ? "RX FRAME : " : "TX FRAME : ";
  text += "OPCODE=" + std::to_string(entry.opcode) + ", FIN=" + flag(entry.fin);
  text += ", RSV=" + std::to_string(entry.reserved) + ", PAYLOAD-LEN=" + std::to_string(entry.size);
  if (received) return text + ", MASKED=" + flag(entry.key.has_value()) + ", MASK=" + key_text(entry);
  const std::string chop = entry.chop == 0 ? "None" : std::to_string(entry.chop);
  return text + ", MASK=" + key_text(entry) + ", PAYLOAD-REPEAT-LEN=None, CHOPSIZE=" + chop + ", SYNC=False";
}

std::string timer_text(const wire_entry& entry) {
  const std::string tag = entry.tag.empty() ? "None" : to_line(entry.tag);
  switch (entry.what) {
    case kind::wait_began:
      return "DELAY " + seconds_text(entry.seconds) + " for TAG " + tag;
    case kind::wait_ended:
      return "DELAY TIMEOUT on TAG " + tag;
    case kind::close_planned:
      return "CLOSE CONNECTION AFTER " + seconds_text(entry.seconds);
    case kind::close_begun:
      return "CLOSING CONNECTION";
    case kind::kill_planned:
      return "FAIL CONNECTION AFTER " + seconds_text(entry.seconds);
    case kind::killed:
      return "FAILING CONNECTION";
    default:
      return std::to_string(entry.size) + " ENTRIES LEFT OUT";
  }
}

std::string number_text(std::size_t number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%03zu ", number);
  return text.data();
}

wire_lines octets_lines(const wire_entry& entry, const std::string& number) {
  const bool received = entry.what == kind::octets_received;
  const std::string head = number + (received ? "RX OCTETS: " : "TX OCTETS: ");
  wire_lines shown{received ? wire_lines::kind::received : wire_lines::kind::sent, false, {}};
  for (const auto& piece : wrap(octets_text(entry, octets_on_page))) {
    shown.lines.push_back((shown.lines.empty() ? head : std::string(head.size(), ' ')) + piece);
  }
  if (shown.lines.empty()) shown.lines.push_back(head);
  return shown;
}

wire_lines frame_lines(const wire_entry& entry, const std::string& number) {
  const auto what = entry.what == kind::frame_received ? wire_lines::kind::received : wire_lines::kind::sent;
  wire_lines shown{what, true, {number + frame_head(entry)}};
  const std::string indentation(number.size() + std::string_view{"RX FRAME : "}.size(), ' ');
  for (const auto& piece : wrap(payload_of(entry, octets_on_page)))
    shown.lines.push_back(indentation + piece);
  return shown;
}

wire_lines end_lines(bool by_me, const std::string& number) {
  return {wire_lines::kind::end, false, {number + (by_me ? "TCP DROPPED BY ME" : "TCP DROPPED BY PEER")}};
}

wire_lines entry_lines(const wire_entry& entry, std::size_t index) {
  const std::string number = number_text(index);
  switch (entry.what) {
    case kind::octets_received:
    case kind::octets_sent:
      return octets_lines(entry, number);
    case kind::frame_received:
    case kind::frame_sent:
      return frame_lines(entry, number);
    case kind::dropped_by_peer:
    case kind::dropped_by_me:
      return end_lines(entry.what == kind::dropped_by_me, number);
    default:
      return {wire_lines::kind::timer, false, {number + timer_text(entry)}};
  }
}

}  // namespace

json wire_log_json(const std::vector<wire_entry>& log) {
  json entries = json::array();
  for (const auto& entry : log) {
    if (json array = entry_json(entry); !array.is_null()) entries.push_back(std::move(array));
  }
  return entries;
}

std::vector<wire_lines> wire_log_lines(const case_result& result) {
  std::vector<wire_lines> lines;
  for (const auto& entry : result.log) lines.push_back(entry_lines(entry, lines.size()));
  const bool says_end = !lines.empty() && lines.back().what == wire_lines::kind::end;
  if (!says_end) lines.push_back(end_lines(result.dropped_by_me, number_text(lines.size())));
  return lines;
}

}  // namespace conformance
