// Who may come in: connections in all, from one address, and with their handshake not done.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

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
          address_{other.address_},
          is_pending_{other.is_pending_} {}
    ticket& operator=(ticket&&) = delete;
    ~ticket() {
      if (gate_ != nullptr) gate_->release(*this);
    }

    /// The first head is whole.
    void handshake_done() noexcept;

   private:
    friend class admission;
    using count = std::pair<const std::string, std::size_t>;
    ticket(admission& gate, count* address) noexcept : gate_{&gate}, address_{address} {}

    admission* gate_;
    count* address_;  // in its shard's table; null without an address
    bool is_pending_ = true;
  };

  void set_limits(const connection_limits& limits) noexcept;

  /// A place for a connection from that address ("" is not counted by address), or nothing.
  std::optional<ticket> admit(const std::string& address);

 private:
  struct shard {
    std::mutex mutex;
    std::unordered_map<std::string, std::size_t> counts;
  };

  shard& shard_of(const std::string& address) {
    return shards_[std::hash<std::string>{}(address) % shards_.size()];
  }
  bool count_address(const std::string& address, ticket::count*& counted);
  void release(ticket& place) noexcept;

  std::atomic<std::size_t> total_limit_ = 0;
  std::atomic<std::size_t> address_limit_ = 0;
  std::atomic<std::size_t> pending_limit_ = 0;
  std::atomic<std::size_t> total_ = 0;
  std::atomic<std::size_t> pending_ = 0;
  std::array<shard, 16> shards_;
};

}  // namespace websock
