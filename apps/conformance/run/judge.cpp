#include "run/judge.hpp"

#include <algorithm>

namespace conformance {
namespace {

std::string join(const std::vector<std::uint16_t>& codes) {
  std::string text;
  for (const std::uint16_t code : codes) text.append(text.empty() ? "" : ",").append(std::to_string(code));
  return text;
}

void set_close(case_result& into, verdict value, std::string text) {
  into.behavior_close = value;
  into.result_close = std::move(text);
}

bool is_wrong_endpoint(const expected_close& wanted, const case_result& result) {
  return (wanted.by == closer::runner && !result.closed_by_me) ||
         (wanted.by == closer::subject && result.closed_by_me);
}

bool is_wrong_code(const expected_close& wanted, const case_result& result) {
  return result.remote_close_code &&
         std::ranges::find(wanted.codes, *result.remote_close_code) == wanted.codes.end();
}

void judge_close(case_result& into, const expected_close& wanted, const opened& opening,
                 const conversation::facts& seen) {
  if (!opening.is_open && opening.problem.empty()) {
    return set_close(into, verdict::ok, "No session was opened, as it should be");
  }
  if (!opening.is_open) return set_close(into, verdict::failed, "The connection was not opened");
  if (wanted.by == closer::nobody) {
    return set_close(into, verdict::failed, "A session was opened, which should not be");
  }
  if (into.behavior == verdict::unimplemented) {
    return set_close(into, verdict::ok, "Not judged, as the case is not for this subject");
  }
  if (is_wrong_endpoint(wanted, into)) {
    return set_close(into, verdict::failed, "The connection was failed by the wrong endpoint");
  }
  if (wanted.must_be_clean && !into.was_clean) {
    return set_close(into, verdict::unclean, "The spec requires the connection to be failed cleanly here");
  }
  if (is_wrong_code(wanted, into)) {
    return set_close(into, verdict::wrong_code,
                     "The close code should have been " + join(wanted.codes) + " or empty");
  }
  if (seen.script_dropped) return set_close(into, verdict::ok, "The script ended the connection");
  const bool was_killed = into.failed_by_me && into.dropped_by_me && wanted.by == closer::subject;
  const bool may_drop = into.failed_by_me && wanted.by == closer::either;
  if (!into.is_server && into.dropped_by_me && !may_drop) {
    return set_close(into, verdict::failed_by_client,
                     "It is preferred that the server close the TCP connection");
  }
  // The original says so only where it is the client.
  if (into.close_handshake_timeout || was_killed) {
    return set_close(into, verdict::failed, "The subject did not end the connection");
  }
  set_close(into, verdict::ok, "Connection was properly closed");
}

void set_behavior(case_result& into, verdict value, std::string text) {
  into.behavior = value;
  into.result = std::move(text);
}

// Each step has had what it expected; so there must be no more than that.
void judge_steps(case_result& into, const player& played) {
  into.expected = {{"OK", played.expected()}};
  if (into.received.size() == played.expected().size()) {
    if (played.was_lenient()) {
      return set_behavior(into, verdict::non_strict,
                          "The subject ended TCP without the Close frame that it should send.");
    }
    return set_behavior(into, verdict::ok, "Actual events match at least one expected.");
  }
  set_behavior(into, verdict::failed, "More came than was expected.");
}

void judge_behavior(case_result& into, const test_case& script, const conversation& with,
                    const opened& opening, const player& played) {
  const auto& seen = with.seen();
  if (!opening.problem.empty())
    return set_behavior(into, verdict::failed, "Opening handshake: " + opening.problem + ".");
  if (!seen.violation.empty()) {
    return set_behavior(into, verdict::failed, "The subject broke the protocol: " + seen.violation + ".");
  }
  if (script.deflate && script.deflate->required && opening.is_open && !with.compresses()) {
    return set_behavior(into, verdict::unimplemented, "permessage-deflate was not agreed on.");
  }
  if (!played.problem().empty()) return set_behavior(into, verdict::failed, played.problem() + ".");
  if (seen.is_stuck)
    return set_behavior(into, verdict::failed,
                        "The subject did not take what was sent, or the case took too long.");
  if (!script.has_expected) return judge_steps(into, played);
  if (const expected_list* match = find_match(with, script)) {
    return set_behavior(into, verdict_named(match->verdict).value_or(verdict::ok),
                        "Actual events match at least one expected.");
  }
  set_behavior(into, verdict::failed, "Actual events differ from any expected.");
}

void copy_facts(case_result& into, const conversation& with) {
  const auto& seen = with.seen();
  into.received = seen.received;
  into.closed_by_me = seen.closed_by_me;
  into.failed_by_me = seen.failed_by_me;
  into.dropped_by_me = seen.dropped_by_me;
  into.local_close_code = seen.local_code;
  into.local_close_reason = seen.local_reason;
  into.remote_close_code = seen.peer_code;
  into.remote_close_reason = seen.peer_reason;
  if (with.compresses()) into.compression = seen.traffic;
}

}  // namespace

void judge(case_result& into, const test_case& script, conversation& with, const opened& opening,
           const player& played, const ending& end) {
  copy_facts(into, with);
  with.log().finish(into);
  into.was_clean = end.was_clean;
  into.was_not_clean_reason = end.was_not_clean_reason;
  into.open_handshake_timeout = opening.timed_out;
  into.close_handshake_timeout = end.close_handshake_timeout;
  into.server_connection_drop_timeout = end.server_connection_drop_timeout;
  judge_behavior(into, script, with, opening, played);
  judge_close(into, script.closing, opening, with.seen());
  if (script.closing.wrong_code_fails && into.behavior_close == verdict::wrong_code) {
    set_behavior(into, verdict::failed, into.result_close + ".");
  }
  if (script.informational) into.behavior = into.behavior_close = verdict::informational;
  for (event& one : into.received) one.content.resize(std::min(one.content.size(), shown_octets));
}

}  // namespace conformance
