// One connection of a run: its session, and what is in flight on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "options.hpp"
#include "schedule.hpp"
#include "websock/session.hpp"

namespace load {

/// Messages come back in the order in which they were sent.
class lane {
 public:
  /// `messages` must outlive it.
  lane(websock::session session, const std::vector<websock::prepared_message>& messages, std::size_t depth)
      : session_{std::move(session)},
        messages_{messages},
        sent_at_(depth),
        sent_ring_{depth},
        received_ring_{depth},
        sent_{messages.size()},
        received_{messages.size()} {}

  [[nodiscard]] websock::session& session() noexcept { return session_; }
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }
  [[nodiscard]] bool has_room() const noexcept { return in_flight_ < sent_at_.size(); }
  [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }
  void end() noexcept { has_ended_ = true; }

  /// The next one to send; `since` is when its latency begins. There must be room.
  const websock::prepared_message& next(load_clock::time_point since) noexcept {
    sent_at_[sent_ring_.step()] = since;
    ++in_flight_;
    return messages_[sent_.step()];
  }

  /// The one whose echo has come; `since` is what `next` was told. Something must be in flight.
  const websock::prepared_message& take(load_clock::time_point& since) noexcept {
    since = sent_at_[received_ring_.step()];
    --in_flight_;
    return messages_[received_.step()];
  }

 private:
  // Counts round and round; dividing would cost more than all else here.
  class position {
   public:
    explicit position(std::size_t size) noexcept : size_{size} {}
    std::size_t step() noexcept {
      const std::size_t before = at_;
      at_ = at_ + 1 == size_ ? 0 : at_ + 1;
      return before;
    }

   private:
    std::size_t size_;
    std::size_t at_ = 0;
  };

  websock::session session_;
  const std::vector<websock::prepared_message>& messages_;
  std::vector<load_clock::time_point> sent_at_;  // of what is in flight
  position sent_ring_;
  position received_ring_;
  position sent_;
  position received_;
  std::size_t in_flight_ = 0;
  bool has_ended_ = false;
};

/// Whether an echo is what was sent, as far as `how` looks.
bool is_right(const websock::message& echo, const websock::prepared_message& sent, verification how) noexcept;
/// What is wrong with one that is not.
std::string describe_wrong(const websock::message& echo, const websock::prepared_message& sent);

}  // namespace load
