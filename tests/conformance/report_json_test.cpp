#include <set>

#include "report/index.hpp"
#include "report/json.hpp"
#include "sample_results.hpp"
#include "support/catch.hpp"

namespace conformance {
namespace {

using nlohmann::json;

const std::set<std::string> autobahn_fields{"agent",
                                            "behavior",
                                            "behaviorClose",
                                            "case",
                                            "closedByMe",
                                            "createStats",
                                            "createWirelog",
                                            "description",
                                            "droppedByMe",
                                            "duration",
                                            "expectation",
                                            "expected",
                                            "expectedClose",
                                            "failedByMe",
                                            "httpRequest",
                                            "httpResponse",
                                            "id",
                                            "isServer",
                                            "localCloseCode",
                                            "localCloseReason",
                                            "received",
                                            "remoteCloseCode",
                                            "remoteCloseReason",
                                            "reportCompressionRatio",
                                            "reportTime",
                                            "result",
                                            "resultClose",
                                            "rxFrameStats",
                                            "rxOctetStats",
                                            "started",
                                            "trafficStats",
                                            "txFrameStats",
                                            "txOctetStats",
                                            "wasClean",
                                            "wasCloseHandshakeTimeout",
                                            "wasNotCleanReason",
                                            "wasOpenHandshakeTimeout",
                                            "wasServerConnectionDropTimeout",
                                            "wirelog"};

std::set<std::string> keys_of(const json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

TEST_CASE("the JSON of a case has Autobahn's fields and no other") {
  CHECK(keys_of(to_json(recorded_result())) == autobahn_fields);
  CHECK(keys_of(to_json(recorded_result()).at("expectedClose")) ==
        std::set<std::string>{"closedByMe", "closeCode", "requireClean"});
}

TEST_CASE("the JSON of a case says what happened") {
  const json report = to_json(recorded_result());
  CHECK(report.at("id") == "7.3.4");
  CHECK(report.at("case") == 1);
  CHECK(report.at("started") == "2026-06-02T16:11:46.653Z");
  CHECK(report.at("duration") == 1);
  CHECK(report.at("expected") == json{{"OK", json::array()}});
  CHECK(report.at("expectedClose") ==
        json{{"closedByMe", true}, {"closeCode", {1000}}, {"requireClean", true}});
  CHECK(report.at("received") == json::array());
  CHECK(report.at("behavior") == "OK");
  CHECK(report.at("behaviorClose") == "UNCLEAN");
  CHECK(report.at("localCloseCode") == 1000);
  CHECK(report.at("remoteCloseCode").is_null());
  CHECK(report.at("rxOctetStats") == json{{"166", 1}});
  CHECK(report.at("txFrameStats") == json{{"8", 1}});
  CHECK(report.at("trafficStats").is_null());
  CHECK(report.at("createWirelog") == true);
  CHECK(report.at("httpRequest").get<std::string>().ends_with("Version: 13\r\n\r\n"));
}

TEST_CASE("the wire log of the JSON has Autobahn's arrays") {
  const json log = to_json(recorded_result()).at("wirelog");
  REQUIRE(log.size() == 5);
  CHECK(log[0][0] == "TO");
  CHECK(log[0][1][0] == 244);
  CHECK(log[1][0] == "RO");
  CHECK(log[1][1][0] == 166);
  CHECK(log[2] ==
        json::array(
            {"TF", {14, "0x03e848656c6c6f20576f726c6421"}, 8, true, 0, "0bf250a0", nullptr, nullptr, false}));
  CHECK(log[3] == json::array({"TO", {20, "888e0bf250a0081a18c5679e3f805c9d22cc6fd3"}, false}));
  CHECK(log[4] == json::array({"KL", 1.0}));
}

TEST_CASE("timers, chops and what was left out have their arrays") {
  case_result result = recorded_result();
  result.log.clear();
  const auto add = [&](wire_entry::kind kind, double seconds, std::string tag, std::uint64_t size) {
    wire_entry& entry = result.log.emplace_back();
    entry.what = kind;
    entry.seconds = seconds;
    entry.tag = std::move(tag);
    entry.size = size;
  };
  using enum wire_entry::kind;
  add(wait_began, 0.5, "A", 0);
  add(wait_ended, 0, "A", 0);
  add(close_planned, 2, "", 0);
  add(close_begun, 0, "", 0);
  add(killed, 0, "", 0);
  add(left_out, 0, "", 4321);
  add(frame_received, 0, "", 0);
  add(frame_sent, 0, "", 0);
  result.log.back().chop = 997;
  add(dropped_by_me, 0, "", 0);
  const json report = to_json(result);
  CHECK(report.at("createWirelog") == false);
  CHECK(report.at("wirelog") ==
        json::parse(R"([["CT", 0.5, "A"], ["CTE", "A"], ["TI", 2.0], ["TIE"], ["KLE"], ["WLM", false, 4321],
                        ["RF", [0, ""], 0, true, 0, false, null],
                        ["TF", [0, ""], 0, true, 0, null, null, 997, false]])"));
}

TEST_CASE("octets that are no UTF-8 survive as text, and long payloads are cut") {
  case_result result = recorded_result();
  result.agent = "a\xff";
  result.received = {{event_kind::message, true, "caf\xc3\xa9\xff\n", 7},
                     {event_kind::message, false, std::string(255, 'x') + "\xc3", 300},
                     {event_kind::timeout, false, "A", 1}};
  const json report = json::parse(to_json(result).dump());
  CHECK(report.at("agent") == "a\\xff");
  CHECK(report.at("received")[0] == json::array({"message", "caf\xc3\xa9\\xff\n", true}));
  CHECK(report.at("received")[1][1] == std::string(255, 'x') + " ... (300 octets)");
  CHECK(report.at("received")[2] == json::array({"timeout", "A"}));
}

TEST_CASE("what a hostile peer says is valid JSON") {
  const json report = json::parse(to_json(hostile_result()).dump());
  CHECK(report.at("remoteCloseReason").get<std::string>().find("\\xff\\xc0") != std::string::npos);
  CHECK(report.at("wasNotCleanReason").get<std::string>().starts_with("<script>"));
}

TEST_CASE("compression has its statistics") {
  case_result result = recorded_result();
  result.compression = traffic{1000, 2000, 250, 500, 10, 20};
  result.octets_sent[300] = 1;
  const json report = to_json(result);
  CHECK(report.at("reportCompressionRatio") == true);
  const json& stats = report.at("trafficStats");
  CHECK(stats.at("outgoingCompressionRatio") == 0.25);
  CHECK(stats.at("incomingCompressionRatio") == 0.25);
  CHECK(stats.at("outgoingOctetsAppLevel") == 1000);
  CHECK(stats.at("outgoingOctetsWebSocketLevel") == 250);
  CHECK(stats.at("preopenOutgoingOctetsWireLevel") == 244);
  CHECK(stats.at("outgoingOctetsWireLevel") == 320);
  CHECK(stats.at("incomingWebSocketMessages") == 20);
}

TEST_CASE("an index reads back as it was written, in Autobahn's shape") {
  const auto index = index_of(results_of({recorded_result(), passed_result("ws/8.18", "1.1.1")}));
  const json written = to_json(index);
  CHECK(written.at("ws/8.18").at("1.1.1") == json{{"behavior", "OK"},
                                                  {"behaviorClose", "OK"},
                                                  {"duration", 1},
                                                  {"remoteCloseCode", 1000},
                                                  {"reportfile", "ws_8_18_case_1_1_1.json"}});
  CHECK(written.at("websock server").at("7.3.4").at("remoteCloseCode").is_null());
  CHECK(to_json(parse_index(written.dump(), "index.json")) == written);
}

TEST_CASE("an index that is none is refused with its place") {
  const auto message = [](const std::string& text) {
    try {
      parse_index(text, "old.json");
    } catch (const report_error& error) {
      return std::string{error.what()};
    }
    return std::string{};
  };
  const auto entry = [](const std::string& behavior, const std::string& code, const std::string& file) {
    return R"({"a": {"1.1.1": {"behavior": ")" + behavior + R"(", "behaviorClose": "OK", "duration": 2, )" +
           R"("remoteCloseCode": )" + code + R"(, "reportfile": ")" + file + R"("}}})";
  };
  CHECK(message("{") == "old.json: not JSON");
  CHECK(message("[]") == "old.json: not an index: expected an object of agents");
  CHECK(message(R"({"a": 1})") == "old.json: a: is not an object of cases");
  CHECK(message(entry("FINE", "1000", "f.json")) ==
        "old.json: a: 1.1.1: \"behavior\" is not the name of a verdict");
  CHECK(message(entry("OK", "70000", "f.json")) ==
        "old.json: a: 1.1.1: \"remoteCloseCode\" is neither null nor a close code");
  CHECK(message(entry("OK", "null", "../f.json")) ==
        "old.json: a: 1.1.1: \"reportfile\" is not the name of a file");
  CHECK(message(entry("OK", "null", "javascript:f")).ends_with("is not the name of a file"));
  CHECK(message(entry("OK", "null", "f.json")).empty());
  CHECK(message(R"({"a": {"1.1.1": {}}})") == "old.json: a: 1.1.1: \"behavior\" is missing");
}

TEST_CASE("agents with names alike have files of their own") {
  const auto kept = index_of(results_of({passed_result("WS 8", "1.1.1")}));
  const auto index = index_of(results_of({passed_result("ws-8", "1.1.1"), passed_result("ws_8", "1.1.1"),
                                          passed_result("\xe6\x97\xa5", "1.1.1")}),
                              kept);
  CHECK(kept.at("WS 8").at("1.1.1").report_file == "ws_8_case_1_1_1.json");
  CHECK(index.at("ws-8").at("1.1.1").report_file == "ws_8_2_case_1_1_1.json");
  CHECK(index.at("ws_8").at("1.1.1").report_file == "ws_8_3_case_1_1_1.json");
  CHECK(index.at("\xe6\x97\xa5").at("1.1.1").report_file == "agent_case_1_1_1.json");
}

}  // namespace
}  // namespace conformance
