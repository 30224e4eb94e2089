#include "sample_results.hpp"

namespace conformance {
namespace {

using kind = wire_entry::kind;
using namespace std::chrono;

constexpr std::string_view script = R"({
  "group": "Framing",
  "subgroups": { "1.1": "Text messages", "7.3": "Close frames" },
  "cases": [
    { "id": "1.1.1", "description": "Send an empty text message.", "expectation": "It comes back.",
      "references": ["RFC 6455 5.6"], "steps": [] },
    { "id": "7.3.4", "group": "Close", "description": "Send a close frame with close code and close reason",
      "expectation": "Clean close with normal code.", "references": ["RFC 6455 7.1.5"], "steps": [] },
    { "id": "12.1.1", "group": "Compression", "description": "Send 1000 messages.", "expectation": "They come back.",
      "references": ["RFC 7692"], "reports_time": true, "steps": [] }
  ]
})";

constexpr std::string_view request =
    "GET /ws HTTP/1.1\r\n"
    "User-Agent: AutobahnTestSuite/25.10.1-0.10.9\r\n"
    "Host: 127.0.0.1:8888\r\n"
    "Upgrade: WebSocket\r\n"
    "Connection: Upgrade\r\n"
    "Pragma: no-cache\r\n"
    "Cache-Control: no-cache\r\n"
    "Sec-WebSocket-Key: hbr3lLZ7IX8r2mOOX5TV3A==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n";

constexpr std::string_view response =
    "HTTP/1.1 101 Switching Protocols\r\n"
    "Date: Tue, 02 Jun 2026 16:11:46 GMT\r\n"
    "Connection: Upgrade\r\n"
    "Upgrade: websocket\r\n"
    "Sec-Websocket-Accept: TrZ787aaZZ/goQPOMoO8Ao6iuI4=\r\n\r\n";

const std::string close_payload = "\x03\xe8Hello World!";
const std::string close_frame =
    "\x88\x8e\x0b\xf2\x50\xa0\x08\x1a\x18\xc5\x67\x9e\x3f\x80\x5c\x9d\x22\xcc\x6f\xd3";
const std::string close_key = "\x0b\xf2\x50\xa0";

wire_entry data_entry(kind what, std::string_view data) {
  wire_entry entry;
  entry.what = what;
  entry.data = data.substr(0, shown_octets);
  entry.size = data.size();
  return entry;
}

wire_entry close_entry() {
  wire_entry entry = data_entry(kind::frame_sent, close_payload);
  entry.opcode = 8;
  entry.key = close_key;
  return entry;
}

wire_entry timer_entry(kind what, double seconds) {
  wire_entry entry;
  entry.what = what;
  entry.seconds = seconds;
  return entry;
}

case_result close_case() {
  case_result result;
  result.id = "7.3.4";
  result.number = 1;
  result.agent = "websock server";
  result.description = "Send a close frame with close code and close reason";
  result.expectation = "Clean close with normal code.";
  result.expected = {{"OK", {}}};
  result.started = sys_days{2026y / June / 2} + 16h + 11min + 46s + 653ms;
  result.duration = 1ms;
  result.result = "Actual events match at least one expected.";
  result.behavior = verdict::ok;
  result.closed_by_me = true;
  result.local_close_code = 1000;
  result.local_close_reason = "Hello World!";
  result.http_request = request;
  result.http_response = response;
  result.octets_sent = {{20, 1}, {request.size(), 1}};
  result.octets_received = {{response.size(), 1}};
  result.frames_sent = {{8, 1}};
  result.log = {data_entry(kind::octets_sent, request), data_entry(kind::octets_received, response),
                close_entry(), data_entry(kind::octets_sent, close_frame),
                timer_entry(kind::kill_planned, 1)};
  return result;
}

}  // namespace

catalog sample_catalog() {
  catalog cases;
  cases.add(script, "sample.json");
  return cases;
}

case_result passed_result(const std::string& agent, const std::string& id) {
  case_result result = close_case();
  result.agent = agent;
  result.id = id;
  result.expected = {{"OK", {{event_kind::message, false, payload{"Hello"}}}}};
  result.received = {{event_kind::message, false, "Hello", 5}};
  result.behavior_close = verdict::ok;
  result.result_close = "Connection was properly closed";
  result.was_clean = true;
  result.remote_close_code = 1000;
  result.remote_close_reason = "";
  result.log.push_back(timer_entry(kind::dropped_by_peer, 0));
  return result;
}

case_result recorded_result() {
  case_result result = close_case();
  result.behavior_close = verdict::unclean;
  result.result_close = "The spec requires the connection to be failed cleanly here";
  result.was_not_clean_reason =
      "peer dropped the TCP connection without previous WebSocket closing handshake";
  return result;
}

case_result hostile_result() {
  const std::string attack =
      "<script>alert('&\")</script>]]>\x1b[31m\xff\xc0 \xe2\x80\xae \xef\xbf\xbf" + std::string(1, '\0');
  case_result result = recorded_result();
  result.agent = "agent " + attack;
  result.result = "result " + attack;
  result.result_close = "close " + attack;
  result.was_not_clean_reason = attack;
  result.remote_close_reason = attack;
  result.http_response = "HTTP/1.1 101 " + attack + "\r\n\r\n";
  result.received = {{event_kind::message, true, attack, attack.size()},
                     {event_kind::timeout, false, attack, attack.size()}};
  wire_entry frame = data_entry(kind::frame_received, attack);
  frame.opcode = 1;
  result.log.push_back(frame);
  frame.data = frame.data.substr(0, 30);
  frame.size = 30;
  result.log.push_back(frame);
  wire_entry wait = timer_entry(kind::wait_began, 0.5);
  wait.tag = attack;
  result.log.push_back(wait);
  return result;
}

result_set results_of(std::initializer_list<case_result> list) {
  result_set results;
  for (const auto& result : list) results.add(result);
  return results;
}

}  // namespace conformance
