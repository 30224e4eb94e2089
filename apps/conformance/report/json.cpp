#include "report/json.hpp"

#include "report/text.hpp"
#include "report/wire_log.hpp"

namespace conformance {
namespace {

using nlohmann::json;

template <typename Number>
json or_null(const std::optional<Number>& value) {
  return value ? json(*value) : json(nullptr);
}

json text_or_null(const std::optional<std::string>& value) {
  return value ? json(to_utf8(*value)) : json(nullptr);
}

const char* name_of(event_kind kind) {
  switch (kind) {
    case event_kind::message:
      return "message";
    case event_kind::ping:
      return "ping";
    case event_kind::pong:
      return "pong";
    case event_kind::timeout:
      break;
  }
  return "timeout";
}

json event_json(event_kind kind, bool binary, const std::string& text) {
  json event = json::array({name_of(kind), text});
  if (kind == event_kind::message) event.push_back(binary);
  return event;
}

json expected_json(const case_result& result) {
  json lists = json::object();
  for (const auto& list : result.expected) lists[to_utf8(list.verdict)] = to_json(list.events, result.seed);
  return lists;
}

// Autobahn knows two sides only: null is "whichever".
json closed_by_me(closer by) {
  if (by == closer::either || by == closer::nobody) return nullptr;
  return by == closer::runner;
}

json close_json(const expected_close& close) {
  return {{"closedByMe", closed_by_me(close.by)},
          {"closeCode", close.codes},
          {"requireClean", close.must_be_clean}};
}

template <typename Key>
json stats_json(const std::map<Key, std::uint64_t>& stats) {
  json object = json::object();
  for (const auto& [key, count] : stats) object[std::to_string(key)] = count;
  return object;
}

std::uint64_t octets_of(const std::map<std::uint64_t, std::uint64_t>& stats) {
  std::uint64_t octets = 0;
  for (const auto& [size, count] : stats) octets += size * count;
  return octets;
}

std::uint64_t frames_of(const std::map<unsigned, std::uint64_t>& stats) {
  std::uint64_t frames = 0;
  for (const auto& [opcode, count] : stats) frames += count;
  return frames;
}

json ratio(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return nullptr;
  return static_cast<double>(part) / static_cast<double>(whole);
}

// One direction; the handshake's octets are counted by themselves.
struct direction {
  std::uint64_t wire = 0;
  std::uint64_t handshake = 0;
  std::uint64_t compressed = 0;
  std::uint64_t plain = 0;
  std::uint64_t frames = 0;
  std::uint64_t messages = 0;
};

void add_direction(json& stats, const std::string& name, const direction& of) {
  const std::uint64_t wire = of.wire - std::min(of.wire, of.handshake);
  stats[name + "OctetsWireLevel"] = wire;
  stats[name + "OctetsWebSocketLevel"] = of.compressed;
  stats[name + "OctetsAppLevel"] = of.plain;
  stats[name + "CompressionRatio"] = ratio(of.compressed, of.plain);
  stats[name + "WebSocketOverhead"] = ratio(wire - std::min(wire, of.compressed), of.compressed);
  stats[name + "WebSocketFrames"] = of.frames;
  stats[name + "WebSocketMessages"] = of.messages;
}

json traffic_json(const case_result& result) {
  if (!result.compression) return nullptr;
  const traffic& payload = *result.compression;
  const std::uint64_t request = result.http_request.size();
  const std::uint64_t response = result.http_response.size();
  const std::uint64_t received = result.is_server ? request : response;
  const std::uint64_t sent = result.is_server ? response : request;
  json stats = {{"preopenIncomingOctetsWireLevel", received}, {"preopenOutgoingOctetsWireLevel", sent}};
  add_direction(stats, "incoming",
                {octets_of(result.octets_received), received, payload.wire_received, payload.plain_received,
                 frames_of(result.frames_received), payload.messages_received});
  add_direction(stats, "outgoing",
                {octets_of(result.octets_sent), sent, payload.wire_sent, payload.plain_sent,
                 frames_of(result.frames_sent), payload.messages_sent});
  return stats;
}

bool is_whole(const std::vector<wire_entry>& log) {
  return std::ranges::none_of(log,
                              [](const auto& entry) { return entry.what == wire_entry::kind::left_out; });
}

void add_outcome(json& object, const case_result& result) {
  object["expected"] = expected_json(result);
  object["expectedClose"] = close_json(result.closing);
  object["received"] = to_json(result.received);
  object["behavior"] = conformance::name_of(result.behavior);
  object["behaviorClose"] = conformance::name_of(result.behavior_close);
  object["result"] = to_utf8(result.result);
  object["resultClose"] = to_utf8(result.result_close);
}

void add_closing(json& object, const case_result& result) {
  object["isServer"] = result.is_server;
  object["closedByMe"] = result.closed_by_me;
  object["failedByMe"] = result.failed_by_me;
  object["droppedByMe"] = result.dropped_by_me;
  object["wasClean"] = result.was_clean;
  object["wasNotCleanReason"] = text_or_null(result.was_not_clean_reason);
  object["wasServerConnectionDropTimeout"] = result.server_connection_drop_timeout;
  object["wasOpenHandshakeTimeout"] = result.open_handshake_timeout;
  object["wasCloseHandshakeTimeout"] = result.close_handshake_timeout;
  object["localCloseCode"] = or_null(result.local_close_code);
  object["localCloseReason"] = text_or_null(result.local_close_reason);
  object["remoteCloseCode"] = or_null(result.remote_close_code);
  object["remoteCloseReason"] = text_or_null(result.remote_close_reason);
}

void add_wire(json& object, const case_result& result) {
  object["httpRequest"] = payload_text(result.http_request, result.http_request.size(), shown_head);
  object["httpResponse"] = payload_text(result.http_response, result.http_response.size(), shown_head);
  object["createStats"] = true;
  object["rxOctetStats"] = stats_json(result.octets_received);
  object["txOctetStats"] = stats_json(result.octets_sent);
  object["rxFrameStats"] = stats_json(result.frames_received);
  object["txFrameStats"] = stats_json(result.frames_sent);
  object["trafficStats"] = traffic_json(result);
  object["createWirelog"] = is_whole(result.log);
  object["wirelog"] = wire_log_json(result.log);
}

}  // namespace

json to_json(const std::vector<event>& events) {
  json list = json::array();
  for (const auto& event : events) {
    list.push_back(
        event_json(event.what, event.binary, payload_text(event.content, event.size, shown_octets)));
  }
  return list;
}

json to_json(const std::vector<expected_event>& events, std::uint64_t seed) {
  json list = json::array();
  for (const auto& event : events) {
    const std::string octets = event.content.make(seed);
    list.push_back(event_json(event.what, event.binary, payload_text(octets, octets.size(), shown_octets)));
  }
  return list;
}

json to_json(const case_result& result) {
  json object = {{"agent", to_utf8(result.agent)},
                 {"case", result.number},
                 {"id", to_utf8(result.id)},
                 {"description", to_utf8(result.description)},
                 {"expectation", to_utf8(result.expectation)},
                 {"started", to_iso(result.started)},
                 {"duration", result.duration.count()},
                 {"reportTime", result.reports_time},
                 {"reportCompressionRatio", result.compression.has_value()}};
  add_outcome(object, result);
  add_closing(object, result);
  add_wire(object, result);
  return object;
}

}  // namespace conformance
