// Who may come in: connections in all, from one address, and with their handshake not done.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "server/address_counts.hpp"
#include "websock/server/config.hpp"

namespace websock {

/// Counts the connections of all threads.
class admission {
 public:
  /// A place inside, given back when it is destroyed.
  class ticket {
   public:
    ticket(ticket&& other) noexcept
        : gate_{std::exchange(other.gate_, nullptr)},
          address_{std::move(other.address_)},
          is_pending_{other.is_pending_} {}
    ticket& operator=(ticket&&) = delete;
    ~ticket() {
      if (gate_ != nullptr) gate_->release(*this);
    }

    /// The first head is whole.
    void handshake_done() noexcept;

   private:
    friend class admission;
    explicit ticket(admission& gate) noexcept : gate_{&gate} {}

    admission* gate_;
    address_counts::place address_;
    bool is_pending_ = true;
  };

  void set_limits(const connection_limits& limits) noexcept;

  /// A place for a connection from that address ("" is not counted by address), or nothing.
  std::optional<ticket> admit(std::string_view address);

 private:
  void release(ticket& place) noexcept;

  std::atomic<std::size_t> total_limit_ = 0;
  std::atomic<std::size_t> address_limit_ = 0;
  std::atomic<std::size_t> pending_limit_ = 0;
  std::atomic<std::size_t> total_ = 0;
  std::atomic<std::size_t> pending_ = 0;
  address_counts addresses_;
};

}  // namespace websock
