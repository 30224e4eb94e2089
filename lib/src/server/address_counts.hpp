// How many there are from one address.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace websock {

/// What is counted as one address: a whole /64 of IPv6 ("2001:db8:1:2::/64"), since that is the least that anybody
/// is given; an IPv4 address that is written as IPv6 as itself ("192.0.2.1"); all else as it is.
std::string address_group(std::string_view address);

/// Counts by `address_group`, for all threads.
class address_counts {
  using count = std::pair<const std::string, std::size_t>;

 public:
  /// One that is counted, until it is destroyed. The counts live longer.
  class place {
   public:
    place() noexcept = default;  ///< counted nowhere
    place(place&& other) noexcept
        : home_{std::exchange(other.home_, nullptr)}, counted_{std::exchange(other.counted_, nullptr)} {}
    place& operator=(place&& other) noexcept {
      std::swap(home_, other.home_);
      std::swap(counted_, other.counted_);
      return *this;
    }
    ~place() {
      if (home_ != nullptr) home_->give_back(*counted_);
    }

   private:
    friend class address_counts;
    place(address_counts& home, count& counted) noexcept : home_{&home}, counted_{&counted} {}

    address_counts* home_ = nullptr;
    count* counted_ = nullptr;  // in its shard's table
  };

  /// Nothing when there are `limit` from there already. "" is no address, and not counted.
  std::optional<place> take(std::string_view address, std::uint64_t limit);

 private:
  struct shard {
    std::mutex mutex;
    std::unordered_map<std::string, std::size_t> counts;
  };

  shard& shard_of(const std::string& group) {
    return shards_[std::hash<std::string>{}(group) % shards_.size()];
  }
  void give_back(count& counted) noexcept;

  std::array<shard, 16> shards_;
};

}  // namespace websock
