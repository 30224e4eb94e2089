// How many sessions a route may have.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>

#include "server/address_counts.hpp"
#include "websock/http/head.hpp"
#include "websock/server/config.hpp"

namespace websock {

/// Counts the sessions of one route: those of all threads, and those that began before a reload.
class session_gate {
 public:
  /// The place of one session, given back when it is destroyed. The gate lives longer.
  class place {
   public:
    place() noexcept = default;  ///< none
    place(place&& other) noexcept
        : gate_{std::exchange(other.gate_, nullptr)}, address_{std::move(other.address_)} {}
    place& operator=(place&& other) noexcept {
      std::swap(gate_, other.gate_);
      address_ = std::move(other.address_);
      return *this;
    }
    ~place() {
      if (gate_ != nullptr) gate_->total_.fetch_sub(1, std::memory_order_relaxed);
    }

   private:
    friend class session_gate;
    place(session_gate& gate, address_counts::place address) noexcept
        : gate_{&gate}, address_{std::move(address)} {}

    session_gate* gate_ = nullptr;
    address_counts::place address_;
  };

  /// A place for a session from that address ("" is not counted by address), or the refusal: 429 when there are too
  /// many from there, 503 when the route is full, both with Retry-After. Who is refused is logged as a warning: one
  /// a minute, with their number.
  std::variant<place, http::response> admit(const route_config& route, std::string_view address);

 private:
  http::response refuse(const route_config& route, std::string_view address, http::status status);

  std::atomic<std::uint64_t> total_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;  // and not logged
  std::atomic<std::int64_t> next_line_ = 0;  // of the log, in seconds of the steady clock
  address_counts addresses_;
};

}  // namespace websock
