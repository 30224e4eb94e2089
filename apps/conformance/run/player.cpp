#include "run/player.hpp"

#include <algorithm>
#include <utility>

namespace conformance {

using websock::task;

namespace {

std::string describe(event_kind what, bool binary, std::uint64_t size) {
  const std::string octets = " of " + std::to_string(size) + " octets";
  switch (what) {
    case event_kind::message:
      return (binary ? "a binary message" : "a text message") + octets;
    case event_kind::ping:
      return "a ping" + octets;
    case event_kind::pong:
      return "a pong" + octets;
    case event_kind::timeout:
      break;
  }
  return "a timeout";
}

std::string describe_code(std::optional<std::uint16_t> code) {
  return code ? std::to_string(*code) : "no code";
}

std::string describe_codes(const std::vector<std::optional<std::uint16_t>>& codes) {
  std::string text;
  for (const auto code : codes) text.append(text.empty() ? "" : " or ").append(describe_code(code));
  return text;
}

template <typename... Kinds>
bool is_one_of(const script_step& one) noexcept {
  return (std::holds_alternative<Kinds>(one) || ...);
}

bool expects(const script_step& one) noexcept {
  return is_one_of<expect_step, echo_step, expect_close_step, expect_end_step>(one);
}

bool sends(const script_step& one) noexcept {
  return is_one_of<frame_step, message_step, octets_step, close_step, repeat_step, wait_step>(one);
}

// Such steps leave in one write where nothing else is between them.
bool is_gathered(const script_step& one) noexcept {
  return is_one_of<frame_step, message_step, close_step, repeat_step>(one);
}

}  // namespace

std::string describe(const event& seen) { return describe(seen.what, seen.binary, seen.size); }

std::string describe(const expected_event& wanted) {
  return describe(wanted.what, wanted.binary, wanted.content.size());
}

bool is_expected(const event& seen, const expected_event& wanted, std::uint64_t seed) {
  if (seen.what != wanted.what || seen.size != wanted.content.size()) return false;
  if (seen.what == event_kind::message && seen.binary != wanted.binary) return false;
  return seen.content == wanted.content.make(seed);
}

task<void> player::play() {
  co_await play_all(script_.steps);
  co_await with_.flush();
}

bool player::is_over() const noexcept {
  return with_.seen().is_over || with_.seen().is_stuck || !with_.seen().violation.empty() ||
         !problem_.empty();
}

task<void> player::play_all(const std::vector<script_step>& steps) {
  for (const script_step& one : steps) {
    if (!problem_.empty()) co_return;
    // There is nobody to send to any more; a step that expects something says itself what it misses.
    if (is_over() && !expects(one)) continue;
    if (has_failed_ && sends(one)) continue;
    if (!is_gathered(one)) co_await with_.flush();
    task<void> work = std::visit([this](const auto& known) { return play(known); }, one);
    co_await std::move(work);
  }
}

task<void> player::play(const frame_step& step) { co_await with_.send(step); }

task<void> player::play(const message_step& step) { co_await with_.send(step); }

task<void> player::play(const octets_step& step) {
  std::string octets = step.content.make(with_.seed());
  co_await with_.write(std::move(octets), step.chop);
}

task<void> player::play(const wait_step& step) {
  with_.log().note(wire_entry::kind::wait_began, std::chrono::duration<double>(step.time).count(), step.name);
  const clock::time_point deadline = clock::now() + step.time;
  // A subject that has sent its Close frame has failed the connection, whether TCP has ended or not. What the
  // script would send now is not for it any more.
  const bool has_closed = with_.seen().peer_closed;
  has_failed_ = co_await with_.until(
      [this, &has_closed] { return is_over() || (with_.seen().peer_closed && !has_closed); }, deadline);
  if (has_failed_) co_return;
  with_.log().note(wire_entry::kind::wait_ended, 0, step.name);
  if (!step.name.empty())
    with_.note().received.push_back({event_kind::timeout, true, step.name, step.name.size()});
}

task<void> player::play(const expect_step& step) {
  expected_.push_back(step.what);
  const clock::time_point deadline = clock::now() + step.within;
  const auto& received = with_.seen().received;
  co_await with_.until(
      [this, &received] { return received.size() > next_ || is_over() || with_.seen().peer_closed; },
      deadline);
  if (received.size() <= next_) {
    problem_ = describe(step.what) + " was expected, and did not come";
    co_return;
  }
  const event& seen = received[next_++];
  was_answered_ = is_expected(seen, step.what, with_.seed());
  if (was_answered_) co_return;
  problem_ = describe(step.what) + " was expected, and " + describe(seen) + " came";
  if (describe(step.what) == describe(seen)) problem_ += " that differs";
}

task<void> player::play(const echo_step& step) {
  problem_ = co_await with_.echo(step);
  was_answered_ = problem_.empty();
}

task<void> player::play(const close_step& step) {
  const std::string reason = step.reason.make(with_.seed());
  with_.gather_close(step.code, reason);
  co_return;
}

task<void> player::play(const expect_close_step& step) {
  const clock::time_point deadline = clock::now() + step.within;
  co_await with_.until([this] { return is_over() || with_.seen().peer_closed; }, deadline);
  if (!with_.seen().peer_closed && step.or_end && with_.seen().is_over) {
    was_lenient_ = was_answered_ = true;
    co_return;
  }
  if (!with_.seen().peer_closed) {
    problem_ = "a Close frame was expected, and did not come";
    co_return;
  }
  was_answered_ = true;
  if (step.codes.empty() || std::ranges::find(step.codes, with_.seen().peer_code) != step.codes.end())
    co_return;
  problem_ = "a Close frame with " + describe_codes(step.codes) + " was expected, and one with " +
             describe_code(with_.seen().peer_code) + " came";
}

task<void> player::play(const expect_end_step& step) {
  const clock::time_point deadline = clock::now() + step.within;
  const bool ended = co_await with_.until([this] { return with_.seen().is_over; }, deadline);
  was_answered_ = true;
  if (!ended) {
    problem_ = "the end of TCP was expected, and did not come";
  } else if (with_.seen().was_reset && !step.reset_allowed) {
    problem_ = "the subject reset the connection";
  }
}

task<void> player::play(const drop_step& step) {
  with_.note().script_dropped = true;
  if (step.reset) {
    co_await with_.drop(true);
  } else {
    with_.log().note(wire_entry::kind::dropped_by_me);
    with_.shutdown_send();
  }
}

task<void> player::play(const reading_step& step) {
  with_.set_reading(step.on);
  co_return;
}

task<void> player::play(const repeat_step& step) {
  for (std::uint64_t i = 0; i < step.times && !is_over(); ++i) co_await play_all(step.steps);
}

}  // namespace conformance
