// What becomes of messages that the peer is too slow for: `outgoing_options`.
#include <algorithm>
#include <new>

#include "session_core.hpp"

namespace websock::detail {
namespace {

// Enough for one write.
constexpr std::size_t most_framed = 64 * 1024;

}  // namespace

std::uint64_t session_core::messages_in_output() const noexcept {
  return budget_->framed.size() + budget_->waiting.size();
}

bool session_core::has_room_for_message() const noexcept {
  const outgoing_options& outgoing = options_->outgoing;
  return outgoing.policy != overflow::block || messages_in_output() < outgoing.messages;
}

// Whether a message may be framed at once. While the system takes no more, or a message in pieces is under way,
// the policies that drop or close have it wait in front of its frame.
bool session_core::may_frame_now() const noexcept {
  if (options_->outgoing.policy == overflow::block) return has_room() && line_.empty();
  return !is_writing_ && budget_->waiting.empty() && !connection_.is_sending_fragments() &&
         !is_enough_framed();
}

// What is framed cannot be dropped any more. So it is not more than one write takes, and not more than half of what
// there may be in all: else the newer messages would be dropped for the older ones.
bool session_core::is_enough_framed() const noexcept {
  const auto bytes = std::clamp<std::size_t>(options_->high_water_mark / 2, 1, most_framed);
  const auto messages = std::max<std::uint64_t>(options_->outgoing.messages / 2, 1);
  return buffered() >= bytes || budget_->framed.size() >= messages;
}

bool session_core::is_overfull() const noexcept {
  return buffered() + budget_->waiting_bytes >= options_->high_water_mark ||
         messages_in_output() >= options_->outgoing.messages;
}

// A message cannot be framed now. False: its sender waits for room.
bool session_core::keep_or_frame(opcode kind, bytes_view payload, compression how) {
  if (options_->outgoing.policy == overflow::block) return false;
  if (kind != opcode::text && kind != opcode::binary) {
    throw std::system_error{errc::argument_invalid, "send: neither text nor binary"};
  }
  if (make_room()) {
    accept(kind, payload, how);
  } else {
    budget_->push({message{kind, byte_buffer{payload}}, how});
  }
  return true;
}

bool session_core::keep_or_frame(const prepared_message& message, compression how) {
  if (options_->outgoing.policy == overflow::block) return false;
  if (make_room()) {
    accept(message, how);
  } else {
    budget_->push({message, how});
  }
  return true;
}

// True: the system has taken so much that a message may be framed after all. Else there is room among those that
// wait, or it throws.
bool session_core::make_room() {
  if (!is_open()) throw std::system_error{errc::closed, "send"};
  last_message_ = reactor_.now();
  write_output();
  if (may_frame_now()) return true;
  if (options_->outgoing.policy == overflow::close && is_overfull()) {
    start_close(options_->outgoing.code, {});
    throw std::system_error{errc::outgoing_queue_full, "send"};
  }
  for (; is_overfull() && !budget_->waiting.empty(); ++budget_->dropped) budget_->pop();
  return false;
}

// A message has all of its frames.
void session_core::message_framed() {
  if (options_->outgoing.messages == protocol::unlimited) return;
  if (buffered() != 0) budget_->framed.push_back(budget_->written + buffered());
}

// A message in pieces is complete: what waited behind it goes on.
void session_core::message_ended() {
  message_framed();
  if (!is_writing_) frame_waiting(share::some);
}

void session_core::count_written(std::size_t count) noexcept {
  budget_->written += count;
  auto& framed = budget_->framed;
  while (!framed.empty() && framed.front() <= budget_->written) framed.pop_front();
}

// The oldest first. Behind a Close frame, and when the stream is gone, there is nothing left to wait for.
void session_core::frame_waiting(share which) noexcept {
  auto& waiting = budget_->waiting;
  const auto may_go_on = [&] { return which == share::all || !is_enough_framed(); };
  try {
    while (!waiting.empty() && is_open() && !connection_.is_sending_fragments() && may_go_on()) {
      frame(waiting.front());
      budget_->pop();
    }
  } catch (const std::system_error& error) {
    drop(error.code());
  } catch (...) {
    drop(std::make_error_code(std::errc::not_enough_memory));
  }
  if (!is_open()) budget_->forget_output();
}

void session_core::frame(const waiting_message& next) {
  if (const auto* const own = std::get_if<message>(&next.content)) {
    accept(own->kind(), own->bytes(), next.how);
  } else {
    accept(std::get<prepared_message>(next.content), next.how);
  }
}

}  // namespace websock::detail
