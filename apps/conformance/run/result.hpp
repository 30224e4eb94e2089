// What came of one case with one subject: all that a report tells.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "run/verdict.hpp"
#include "script/test_case.hpp"

namespace conformance {

struct event {
  event_kind what = event_kind::message;
  bool binary = false;
  std::string content;     ///< all of it while the case runs; in a result the first `shown_octets`
  std::uint64_t size = 0;  ///< of all of it
};

inline constexpr std::size_t shown_octets = 256;

/// A line of the wire log.
struct wire_entry {
  enum class kind : std::uint8_t {
    octets_received,   // RO
    octets_sent,       // TO
    frame_received,    // RF
    frame_sent,        // TF
    wait_began,        // CT: seconds, tag
    wait_ended,        // CTE: tag
    close_planned,     // TI: seconds
    close_begun,       // TIE
    kill_planned,      // KL: seconds
    killed,            // KLE
    left_out,          // entries that are not kept: their number in `size`
    dropped_by_peer,   // the subject ended TCP
    dropped_by_me,
  };

  kind what{};
  std::string data;        ///< the first `shown_octets` (of a frame: of its payload, unmasked)
  std::uint64_t size = 0;  ///< of all of it
  double seconds = 0;
  std::string tag;
  // Of a frame.
  std::uint8_t opcode = 0;
  bool fin = true;
  std::uint8_t reserved = 0;
  std::optional<std::string> key;  ///< four octets; nothing: not masked
  std::uint64_t chop = 0;
};

/// Payload octets of messages, as they are and as they were on the wire.
struct traffic {
  std::uint64_t plain_sent = 0;
  std::uint64_t plain_received = 0;
  std::uint64_t wire_sent = 0;
  std::uint64_t wire_received = 0;
  std::uint64_t messages_sent = 0;
  std::uint64_t messages_received = 0;
};

struct case_result {
  std::string id;
  std::string description;
  std::string expectation;
  std::vector<expected_list> expected;
  expected_close closing;
  bool reports_time = false;
  std::uint64_t number = 0;  ///< from 1, in the order of this run
  std::uint64_t seed = 0;    ///< of the random payloads in `expected`

  std::string agent;
  bool is_server = false;  ///< the runner's role
  std::chrono::system_clock::time_point started;
  std::chrono::milliseconds duration{};

  verdict behavior = verdict::failed;
  verdict behavior_close = verdict::failed;
  std::string result;        ///< a sentence on `behavior`
  std::string result_close;  ///< a sentence on `behavior_close`
  std::vector<event> received;

  bool closed_by_me = false;
  bool failed_by_me = false;
  bool dropped_by_me = false;
  bool was_clean = false;
  std::optional<std::string> was_not_clean_reason;
  bool server_connection_drop_timeout = false;
  bool open_handshake_timeout = false;
  bool close_handshake_timeout = false;
  std::optional<std::uint16_t> local_close_code;
  std::optional<std::string> local_close_reason;
  std::optional<std::uint16_t> remote_close_code;
  std::optional<std::string> remote_close_reason;

  std::string http_request;
  std::string http_response;
  std::map<std::uint64_t, std::uint64_t> octets_received;  ///< size of a read: how often
  std::map<std::uint64_t, std::uint64_t> octets_sent;
  std::map<unsigned, std::uint64_t> frames_received;  ///< opcode: how many
  std::map<unsigned, std::uint64_t> frames_sent;
  std::optional<conformance::traffic> compression;  ///< where compression was agreed on
  std::vector<wire_entry> log;
};

}  // namespace conformance
