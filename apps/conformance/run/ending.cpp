#include "run/ending.hpp"

#include <algorithm>

namespace conformance {

using websock::task;

namespace {

using clock = conversation::clock;

bool is_received(const conversation& with, const expected_list& list) {
  return std::ranges::equal(with.seen().received, list.events,
                            [&with](const event& seen, const expected_event& wanted) {
                              return is_expected(seen, wanted, with.seed());
                            });
}

class closing {
 public:
  closing(conversation& with, const test_case& script, const player& played, const run_settings& settings)
      : with_{with}, script_{script}, played_{played}, settings_{settings} {}

  task<ending> run() {
    co_await settle();
    if (!is_over() && !has_begun()) {
      task<void> end = script_.at_end.kill && !wants_close() ? kill() : begin();
      co_await std::move(end);
    }
    co_await shake_hands();
    co_await end_tcp();
    judge();
    co_return ending_;
  }

 private:
  [[nodiscard]] const conversation::facts& seen() const noexcept { return with_.seen(); }
  [[nodiscard]] bool is_over() const noexcept { return seen().is_over; }
  [[nodiscard]] bool has_begun() const noexcept { return seen().close_sent || seen().peer_closed; }

  // Everything that is expected of the subject before the close has come, and it was something.
  [[nodiscard]] bool wants_close() const {
    if (script_.closing.by != closer::runner && script_.closing.by != closer::either) return false;
    if (!script_.has_expected) return played_.was_answered();
    const auto is_equal = [this](const expected_list& list) { return is_received(with_, list); };
    const auto is_something = [](const expected_list& list) { return !list.events.empty(); };
    return std::ranges::all_of(script_.expected, is_equal) &&
           (played_.was_answered() || std::ranges::any_of(script_.expected, is_something));
  }

  [[nodiscard]] bool is_settled() const {
    return is_over() || has_begun() || seen().is_stuck || !seen().violation.empty() ||
           !played_.problem().empty() || wants_close();
  }

  task<void> settle() {
    const double seconds = std::chrono::duration<double>(script_.at_end.after).count();
    if (script_.at_end.kill && !is_over()) with_.log().note(wire_entry::kind::kill_planned, seconds);
    if (is_settled()) co_return;
    if (!script_.at_end.kill) with_.log().note(wire_entry::kind::close_planned, seconds);
    const clock::time_point deadline = clock::now() + script_.at_end.after;
    co_await with_.until([this] { return is_settled(); }, deadline);
  }

  task<void> kill() {
    with_.log().note(wire_entry::kind::killed);
    with_.note().failed_by_me = true;
    co_await with_.drop(false);
  }

  task<void> begin() {
    with_.log().note(wire_entry::kind::close_begun);
    with_.gather_close(std::uint16_t{1000}, "");
    co_await with_.flush();
  }

  // Section 7.1.2: ours has been sent, or is being sent in answer; theirs has to come.
  task<void> shake_hands() {
    if (is_over()) co_return;
    with_.set_reading(true);
    const clock::time_point deadline = clock::now() + settings_.close_timeout;
    const bool answered = co_await with_.until(
        [this] { return is_over() || (seen().peer_closed && seen().close_sent); }, deadline);
    if (answered) co_return;
    ending_.close_handshake_timeout = true;
    ending_.was_not_clean_reason = "the subject did not send its Close frame in time";
    co_await with_.drop(false);
  }

  // Section 7.1.1: the server is to end TCP first.
  task<void> end_tcp() {
    if (!is_over() && with_.is_server()) with_.shutdown_send();
    const clock::time_point deadline = clock::now() + settings_.drop_timeout;
    const bool ended = co_await with_.until([this] { return is_over(); }, deadline);
    if (!ended && !with_.is_server()) {
      ending_.server_connection_drop_timeout = true;
      ending_.was_not_clean_reason = "the subject did not end TCP in time";
    }
    co_await with_.drop(false);
  }

  void judge() {
    const bool both = seen().peer_closed && seen().close_sent;
    ending_.was_clean =
        both && !ending_.was_not_clean_reason && !seen().was_reset && seen().violation.empty();
    if (ending_.was_clean || ending_.was_not_clean_reason) return;
    ending_.was_not_clean_reason = reason();
  }

  [[nodiscard]] std::string reason() const {
    if (!seen().violation.empty()) return "the subject broke the protocol: " + seen().violation;
    if (seen().was_reset) return "the subject reset the TCP connection";
    if (seen().is_stuck) return "the subject did not read what was sent";
    if (seen().dropped_by_me) return "the runner dropped the TCP connection";
    return "peer dropped the TCP connection without previous WebSocket closing handshake";
  }

  conversation& with_;
  const test_case& script_;
  const player& played_;
  const run_settings& settings_;
  ending ending_;
};

}  // namespace

const expected_list* find_match(const conversation& with, const test_case& script) {
  const auto found = std::ranges::find_if(
      script.expected, [&with](const expected_list& list) { return is_received(with, list); });
  return found == script.expected.end() ? nullptr : &*found;
}

task<ending> end_conversation(conversation& with, const test_case& script, const player& played,
                              const run_settings& settings) {
  closing steps{with, script, played, settings};
  const ending made = co_await steps.run();
  co_return made;
}

}  // namespace conformance
