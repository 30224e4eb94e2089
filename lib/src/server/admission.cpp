#include "server/admission.hpp"

namespace websock {
namespace {

// Takes one of `limit` places. Counting first and looking then needs no loop, and never lets too
// many in.
bool take(std::atomic<std::size_t>& count, std::size_t limit) noexcept {
  if (count.fetch_add(1, std::memory_order_relaxed) < limit) return true;
  count.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void give_back(std::atomic<std::size_t>& count) noexcept { count.fetch_sub(1, std::memory_order_relaxed); }

}  // namespace

void admission::set_limits(const connection_limits& limits) noexcept {
  total_limit_ = limits.total;
  address_limit_ = limits.per_address;
  pending_limit_ = limits.pending_handshakes;
}

std::optional<admission::ticket> admission::admit(const std::string& address) {
  if (!take(pending_, pending_limit_)) return std::nullopt;
  if (!take(total_, total_limit_)) {
    give_back(pending_);
    return std::nullopt;
  }
  ticket place{*this, nullptr};  // from here on its destructor gives back
  if (!address.empty() && !count_address(address, place.address_)) return std::nullopt;
  return place;
}

bool admission::count_address(const std::string& address, ticket::count*& counted) {
  shard& home = shard_of(address);
  const std::lock_guard lock{home.mutex};
  const auto entry = home.counts.try_emplace(address, 0).first;
  if (entry->second >= address_limit_) {
    if (entry->second == 0) home.counts.erase(entry);
    return false;
  }
  ++entry->second;
  counted = &*entry;
  return true;
}

void admission::release(ticket& place) noexcept {
  place.handshake_done();
  give_back(total_);
  if (place.address_ == nullptr) return;
  shard& home = shard_of(place.address_->first);
  const std::lock_guard lock{home.mutex};
  if (--place.address_->second == 0) home.counts.erase(home.counts.find(place.address_->first));
}

void admission::ticket::handshake_done() noexcept {
  if (std::exchange(is_pending_, false)) give_back(gate_->pending_);
}

}  // namespace websock
