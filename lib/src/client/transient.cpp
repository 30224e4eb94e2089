// Which failures may pass.
#include <algorithm>
#include <array>
#include <asio/error.hpp>

#include "websock/client/reconnector.hpp"

namespace websock {
namespace {

bool is_transient_status(http::status status) noexcept {
  const auto code = static_cast<unsigned>(status);
  return code == 408 || code == 425 || code == 429 || code / 100 == 5;
}

// What the system says of itself or of the caller's arguments, and not of the network or the peer.
bool is_of_the_network(const std::error_code& code) noexcept {
  constexpr std::array local{std::errc::permission_denied, std::errc::operation_not_permitted,
                             std::errc::invalid_argument,  std::errc::filename_too_long,
                             std::errc::not_a_directory,   std::errc::address_family_not_supported,
                             std::errc::operation_canceled};
  return std::none_of(local.begin(), local.end(), [&code](std::errc one) { return code == one; });
}

bool is_transient_code(const std::error_code& code) noexcept {
  const std::error_category& category = code.category();
  if (category == error_category()) {
    // A SOCKS proxy that cannot reach the server has no status to tell that by.
    return code == condition::timeout || code == condition::disconnected || code == errc::proxy_refused;
  }
  if (category == asio::error::get_netdb_category() || category == asio::error::get_addrinfo_category()) {
    return true;
  }
  if (category == asio::error::get_misc_category()) return code == asio::error::eof;
  return (category == std::system_category() || category == std::generic_category()) &&
         is_of_the_network(code);
}

}  // namespace

bool is_transient(const failed_attempt& attempt) noexcept {
  if (!attempt.error) return false;
  try {
    std::rethrow_exception(attempt.error);
  } catch (const handshake_error& refused) {
    return is_transient_status(refused.response().status);
  } catch (const std::system_error& error) {
    return is_transient_code(error.code());
  } catch (...) {
    return false;
  }
}

}  // namespace websock
