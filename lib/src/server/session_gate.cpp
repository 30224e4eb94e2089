#include "server/session_gate.hpp"

#include <string>

#include "server/log.hpp"
#include "server/plain_response.hpp"

namespace websock {
namespace {

constexpr std::string_view retry_after = "5";  // seconds
constexpr std::int64_t seconds_between_lines = 60;

std::int64_t seconds_now() noexcept {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace

// Counting first and looking then needs no loop, and never lets too many in. Addresses are counted only where they
// are limited: the table of them would be a part of what an idle session costs.
std::variant<session_gate::place, http::response> session_gate::admit(const route_config& route,
                                                                      std::string_view address) {
  const session_limits& limits = route.sessions;
  const bool is_counted = limits.per_address != protocol::unlimited;
  auto counted = addresses_.take(is_counted ? address : "", limits.per_address);
  if (!counted) return refuse(route, address, http::status::too_many_requests);
  const bool has_room = total_.fetch_add(1, std::memory_order_relaxed) < limits.total;
  place taken{*this, std::move(*counted)};  // from here on its destructor gives back
  if (!has_room) return refuse(route, address, http::status::service_unavailable);
  return taken;
}

http::response session_gate::refuse(const route_config& route, std::string_view address,
                                    http::status status) {
  refused_.fetch_add(1, std::memory_order_relaxed);
  const std::int64_t now = seconds_now();
  std::int64_t due = next_line_.load(std::memory_order_relaxed);
  if (now >= due && next_line_.compare_exchange_strong(due, now + seconds_between_lines)) {
    const bool is_full = status == http::status::service_unavailable;
    log::warning({"route ", route.path, ": ", std::to_string(refused_.exchange(0)),
                  " handshakes refused, the last one from ", address, " for its limit sessions.",
                  is_full ? "total" : "per_address"});
  }
  http::response response = plain_response(status);
  response.fields.add("Retry-After", retry_after);
  return response;
}

}  // namespace websock
