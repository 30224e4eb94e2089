#include "client/backoff.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "protocol/digest.hpp"

namespace websock {
namespace {

constexpr duration a_year = std::chrono::hours{24 * 365};  // far from what a timer can count

duration seconds_in(std::string_view digits) noexcept {
  std::uint32_t seconds = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, seconds);
  const bool is_number = error == std::errc{} && stop == end;
  return is_number ? std::min<duration>(std::chrono::seconds{seconds}, a_year) : duration::zero();
}

}  // namespace

duration longest_delay(const reconnect_policy& policy, std::size_t failures) noexcept {
  if (failures == 0) return duration::zero();
  const duration cap = std::min(policy.maximum_delay, a_year);
  const double grown = static_cast<double>(policy.first_delay.count()) *
                       std::pow(policy.factor, static_cast<double>(failures - 1));
  // Not below: infinity and what is no number are capped, too.
  return grown < static_cast<double>(cap.count()) ? duration{static_cast<duration::rep>(grown)} : cap;
}

duration random_delay(duration longest) {
  // Not a generator that is seeded by the time: clients that lost one server began together.
  const std::string octets = protocol::random_octets(sizeof(std::uint64_t));
  std::uint64_t bits = 0;
  std::memcpy(&bits, octets.data(), sizeof bits);
  const double part = static_cast<double>(bits >> 11) * 0x1p-53;  // [0, 1)
  return duration{static_cast<duration::rep>(part * static_cast<double>(longest.count() + 1))};
}

duration retry_after(const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const handshake_error& refused) {
    const http::response& response = refused.response();
    const bool counts = response.status == http::status::too_many_requests ||
                        response.status == http::status::service_unavailable;
    return counts ? seconds_in(response.fields.find("Retry-After").value_or("")) : duration::zero();
  } catch (...) {
    return duration::zero();
  }
}

}  // namespace websock
