// Steps of a script, one after the other.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "run/conversation.hpp"
#include "script/test_case.hpp"

namespace conformance {

class player {
 public:
  player(conversation& with, const test_case& script) : with_{with}, script_{script} {}

  /// Plays until the last step, the first that fails, or the end of the connection.
  websock::task<void> play();

  /// What a step expected and did not get; empty: nothing went wrong.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  /// What the `expect` steps have expected, up to where it went wrong.
  [[nodiscard]] const std::vector<expected_event>& expected() const noexcept { return expected_; }
  /// An echo or an event was waited for, and came.
  [[nodiscard]] bool was_answered() const noexcept { return was_answered_; }
  /// The subject ended TCP where a Close frame should have come before.
  [[nodiscard]] bool was_lenient() const noexcept { return was_lenient_; }

 private:
  using clock = conversation::clock;

  websock::task<void> play_all(const std::vector<script_step>& steps);
  websock::task<void> play(const frame_step& step);
  websock::task<void> play(const message_step& step);
  websock::task<void> play(const octets_step& step);
  websock::task<void> play(const wait_step& step);
  websock::task<void> play(const expect_step& step);
  websock::task<void> play(const echo_step& step);
  websock::task<void> play(const close_step& step);
  websock::task<void> play(const expect_close_step& step);
  websock::task<void> play(const expect_end_step& step);
  websock::task<void> play(const drop_step& step);
  websock::task<void> play(const reading_step& step);
  websock::task<void> play(const repeat_step& step);

  [[nodiscard]] bool is_over() const noexcept;

  conversation& with_;
  const test_case& script_;
  std::vector<expected_event> expected_;
  std::size_t next_ = 0;  // of the events: the first that no step has expected
  bool was_answered_ = false;
  bool was_lenient_ = false;
  bool has_failed_ = false;  // the subject ended the connection while the script waited
  std::string problem_;
};

/// Whether the event is the expected one, octet by octet.
[[nodiscard]] bool is_expected(const event& seen, const expected_event& wanted, std::uint64_t seed);

/// "text of 12 octets", "pong of 3 octets".
std::string describe(const event& seen);
std::string describe(const expected_event& wanted);

}  // namespace conformance
