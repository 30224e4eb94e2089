// A case as a script says it: what to do, what to expect, and why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "script/payload.hpp"
#include "websock/core/units.hpp"

namespace conformance {

using websock::duration;

/// What the runner sees of the subject, in order.
enum class event_kind : std::uint8_t {
  message,
  ping,
  pong,
  timeout,  ///< a wait with a name passed while the connection was open
};

struct expected_event {
  event_kind what = event_kind::message;
  bool binary = false;  ///< of a message
  payload content;      ///< or the name of the wait
};

// --- Steps: one after the other, while whatever comes in is gathered ----------------------------------

/// One frame, however wrong.
struct frame_step {
  std::uint8_t opcode = 1;
  bool fin = true;
  std::uint8_t reserved = 0;  ///< RSV1 is 4, RSV2 is 2, RSV3 is 1
  payload content;
  std::optional<bool> masked;              ///< nothing: as the runner's role has it
  std::optional<std::string> key;          ///< four octets; nothing: from the seed
  std::optional<std::uint64_t> length;     ///< what the head says; nothing: the truth
  std::uint8_t length_bits = 0;            ///< form of the length: 7, 16 or 64; 0: the shortest
  std::uint64_t chop = 0;                  ///< octets a write; 0: all in one
  bool sync = false;                       ///< a write of its own: what comes next is not in it
};

/// One message in frames as they should be.
struct message_step {
  bool binary = false;
  payload content;
  std::uint64_t fragment = 0;  ///< octets a frame; 0: one frame. An exact multiple ends with an empty frame
  std::uint64_t chop = 0;
  bool compressed = true;  ///< where permessage-deflate was agreed on
};

/// Octets as they are.
struct octets_step {
  payload content;
  std::uint64_t chop = 0;
};

/// Time passes, unless the connection ends before. With a name: an event, if it did not.
struct wait_step {
  duration time{};
  std::string name;
};

/// The next event must be this one.
struct expect_step {
  expected_event what;
  duration within = std::chrono::seconds{5};
};

/// A message and its echo, `times` times; the content moves on from one to the next.
struct echo_step {
  message_step message;
  std::uint64_t times = 1;
  duration within = std::chrono::seconds{60};  ///< for all of them
};

/// Our Close frame; its payload may be anything. The peer's is waited for at the end of the script, or by `expect_close_step`.
struct close_step {
  std::optional<std::uint16_t> code;
  payload reason;
};

/// The subject's Close frame must come.
struct expect_close_step {
  std::vector<std::optional<std::uint16_t>> codes;  ///< nothing in it: without a code. Empty: any
  duration within = std::chrono::seconds{5};
  bool answer = true;  ///< send ours, if it was not sent yet
  /// Section 7.1.7 only recommends a Close frame: the end of TCP without one is NON-STRICT.
  bool or_end = false;
};

/// The subject must end the TCP connection.
struct expect_end_step {
  duration within = std::chrono::seconds{5};
  bool reset_allowed = false;
};

/// We end the TCP connection: our side only (FIN), or all of it at once (RST).
struct drop_step {
  bool reset = false;
};

/// From here on nothing is read (or, again, everything).
struct reading_step {
  bool on = true;
};

struct repeat_step;

using script_step =
    std::variant<frame_step, message_step, octets_step, wait_step, expect_step, echo_step, close_step,
                 expect_close_step, expect_end_step, drop_step, reading_step, repeat_step>;

struct repeat_step {
  std::uint64_t times = 1;
  std::vector<script_step> steps;
};

// --- The opening handshake ------------------------------------------------------------------------------

struct field_change {
  std::string name;
  std::vector<std::string> values;  ///< one line each; none: the field is left out
};

/// How the runner's own half of the handshake differs from a good one. Of a request: method, target,
/// version; of a response: status.
struct handshake_script {
  std::string method;  ///< empty: GET
  std::string target;  ///< empty: the URL's
  std::string version;  ///< empty: "HTTP/1.1"
  std::optional<unsigned> status;
  std::string reason_phrase;
  std::vector<field_change> fields;
  std::optional<payload> raw;  ///< all of it; ${host}, ${path}, ${key}, ${accept} are filled in
  payload behind;  ///< octets in the same write, behind the head
  std::uint64_t chop = 0;
  duration pause{};  ///< between two chops

  /// As a client: statuses that the subject may answer (empty: 101), and fields that it must have then
  /// ("*": any value).
  std::vector<unsigned> statuses;
  std::vector<std::pair<std::string, std::string>> response_fields;
  /// The subject may also end the connection without an answer, and must not open.
  bool end_allowed = false;
  /// As a server: the subject must refuse this answer: end the connection without a frame.
  bool must_refuse = false;
};

/// Compression. The runner as a client offers `offer`; as a server it agrees to the first of `accept` that the
/// client's offer allows.
struct deflate_wish {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  std::uint8_t server_max_window_bits = 0;  ///< 0: not spoken of
  std::uint8_t client_max_window_bits = 0;
};

struct deflate_script {
  std::string offer;  ///< value of Sec-WebSocket-Extensions
  std::vector<deflate_wish> accept;
  bool required = true;  ///< without it the case is UNIMPLEMENTED
  /// What must have been agreed on; nothing: whatever RFC 7692 allows.
  std::optional<bool> agreed;
};

// --- The case ------------------------------------------------------------------------------------------

enum class closer : std::uint8_t {
  runner,
  subject,
  either,
  nobody,  ///< it does not come to a session
};

struct expected_close {
  closer by = closer::runner;
  std::vector<std::uint16_t> codes{1000};  ///< that the subject may say; saying none is always allowed
  bool must_be_clean = true;
  bool wrong_code_fails = false;  ///< then the behavior is FAILED, too
};

/// A verdict's name ("OK", "NON-STRICT") and the events that earn it.
struct expected_list {
  std::string verdict;
  std::vector<expected_event> events;
};

/// What becomes of a connection that is still open some time after the last step.
struct finish {
  duration after = std::chrono::seconds{1};
  bool kill = false;  ///< drop it; else: close it with 1000
};

struct test_case {
  std::string id;  ///< "1.1.2"
  std::string group;  ///< "Framing"
  std::string subgroup;  ///< "Text messages"
  std::string description;
  std::string expectation;
  std::string explanation;  ///< a paragraph, for --explain
  std::vector<std::string> references;  ///< "RFC 6455 5.5.1"
  bool for_servers = true;
  bool for_clients = true;
  bool informational = false;  ///< nothing to pass or fail: the verdict is INFORMATIONAL
  bool reports_time = false;
  bool ignores_pongs = false;  ///< section 5.5.3: a subject may answer the latest ping alone
  std::optional<handshake_script> handshake;
  std::optional<deflate_script> deflate;
  std::vector<script_step> steps;
  std::vector<expected_list> expected;  ///< empty: what the expect steps say, and nothing else
  bool has_expected = false;
  expected_close closing;
  finish at_end;
};

}  // namespace conformance
