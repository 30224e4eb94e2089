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

std::optional<admission::ticket> admission::admit(std::string_view address) {
  if (!take(pending_, pending_limit_)) return std::nullopt;
  if (!take(total_, total_limit_)) {
    give_back(pending_);
    return std::nullopt;
  }
  ticket place{*this};  // from here on its destructor gives back
  auto counted = addresses_.take(address, address_limit_);
  if (!counted) return std::nullopt;
  place.address_ = std::move(*counted);
  return place;
}

void admission::release(ticket& place) noexcept {
  place.handshake_done();
  give_back(total_);
}

void admission::ticket::handshake_done() noexcept {
  if (std::exchange(is_pending_, false)) give_back(gate_->pending_);
}

}  // namespace websock
