#include "server/address_counts.hpp"

#include <algorithm>
#include <asio/ip/address.hpp>

namespace websock {

std::string address_group(std::string_view address) {
  if (address.find(':') == std::string_view::npos) return std::string{address};
  asio::error_code error;
  auto whole = asio::ip::make_address_v6(std::string{address}, error);
  if (error) return std::string{address};
  if (whole.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, whole).to_string();
  auto octets = whole.to_bytes();
  std::fill(octets.begin() + 8, octets.end(), std::uint8_t{0});
  return asio::ip::address_v6{octets}.to_string() + "/64";
}

std::optional<address_counts::place> address_counts::take(std::string_view address, std::uint64_t limit) {
  if (address.empty()) return place{};
  const std::string group = address_group(address);
  shard& home = shard_of(group);
  const std::lock_guard lock{home.mutex};
  const auto entry = home.counts.try_emplace(group, 0).first;
  if (entry->second >= limit) {
    if (entry->second == 0) home.counts.erase(entry);
    return std::nullopt;
  }
  ++entry->second;
  return place{*this, *entry};
}

void address_counts::give_back(count& counted) noexcept {
  shard& home = shard_of(counted.first);
  const std::lock_guard lock{home.mutex};
  if (--counted.second == 0) home.counts.erase(home.counts.find(counted.first));
}

}  // namespace websock
