// The end of a connection: the closing handshake and failures. Which state follows which is in
// state.cpp; here is what has to be said to the peer.
#include <array>
#include <cstring>

#include "deflate_state.hpp"
#include "websock/protocol/connection.hpp"

namespace websock::protocol {
namespace {

constexpr std::size_t code_size = 2;
constexpr std::size_t largest_reason = largest_control_payload - code_size;

const std::optional<close_status> no_status;

struct parsed_close {
  close_status status;
  errc error{};
};

parsed_close parse_close(bytes_view payload) {
  parsed_close result;
  // 5.5.1: "The Close frame MAY contain a body"; 7.1.5: without one the code is "1005".
  if (payload.empty()) return result;
  // 5.5.1: "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer
  // (in network byte order) representing a status code".
  if (payload.size() < code_size) return {{}, errc::close_payload_truncated};
  const auto code = static_cast<close_code>(std::to_integer<unsigned>(payload[0]) << 8U |
                                            std::to_integer<unsigned>(payload[1]));
  // 7.4: "Endpoints MAY use the following pre-defined status codes"; 7.4.1 says of 1005, 1006 and
  // 1015 that each "MUST NOT be set as a status code in a Close control frame by an endpoint", 7.4.2
  // that 0-999 "are not used" and that those up to 2999 are for registered ones.
  if (!is_sendable(code)) return {{}, errc::close_code_invalid};
  // 5.5.1: "Following the 2-byte integer, the body MAY contain UTF-8-encoded data"; 8.1.
  const bytes_view reason = payload.subspan(code_size);
  if (!is_utf8(reason)) return {{}, errc::invalid_utf8};
  result.status = {code, std::string{as_text(reason)}};
  return result;
}

// 7.4.1, and 8.1 for text.
close_code code_for(errc failure) noexcept {
  switch (failure) {
    // "received data within a message that was not consistent with the type of the message".
    case errc::invalid_utf8:
    case errc::compressed_data_invalid:
      return close_code::invalid_frame_payload_data;
    // "has received a message that is too big for it to process".
    case errc::message_too_big:
    case errc::inflate_ratio_exceeded:
      return close_code::message_too_big;
    // "a generic status code that can be returned when there is no other more suitable status code".
    case errc::too_many_fragments:
    case errc::message_rate_exceeded:
    case errc::control_frame_rate_exceeded:
      return close_code::policy_violation;
    // "terminating the connection due to a protocol error".
    default:
      return close_code::protocol_error;
  }
}

}  // namespace

connection::connection(protocol::role role, const protocol::limits& limits) noexcept
    : limits_{limits}, role_{role} {}
connection::connection(connection&&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;
connection::~connection() = default;

std::error_code connection::close(std::optional<close_code> code, std::string_view reason) {
  if (!can_send()) return errc::closed;
  if (code && !is_sendable(*code)) return errc::argument_invalid;
  if (!reason.empty() && (!code || reason.size() > largest_reason || !is_utf8(as_bytes(reason)))) {
    return errc::argument_invalid;
  }
  send_close(code, reason);
  state_ = state_after(state_, transition::local_close);
  return {};
}

void connection::send_close(std::optional<close_code> code, std::string_view reason) {
  std::array<std::byte, largest_control_payload> payload;
  std::size_t size = 0;
  if (code) {
    const auto number = static_cast<std::uint16_t>(*code);
    payload[0] = static_cast<std::byte>(number >> 8U);
    payload[1] = static_cast<std::byte>(number & 0xFFU);
    if (!reason.empty()) std::memcpy(payload.data() + code_size, reason.data(), reason.size());
    size = code_size + reason.size();
  }
  rare().local_close.emplace(close_status{code, std::string{reason}});
  write_frame(opcode::connection_close, true, bytes_view{payload}.first(size));
}

bool connection::take_close(bytes_view payload) {
  parsed_close parsed = parse_close(payload);
  if (parsed.error != errc{}) {
    fail(parsed.error);
    return false;
  }
  // 5.5.1: "When sending a Close frame in response, the endpoint typically echos the status code it
  // received." The reason goes with it, as most endpoints have it: a browser shows its page what the
  // answer says.
  if (can_send()) send_close(parsed.status.code, parsed.status.reason);
  rare().peer_close = std::move(parsed.status);
  state_ = state_after(state_, transition::peer_close);
  message_.release();
  deflate_.reset();
  return true;
}

void connection::fail(errc why) {
  if (is_done()) return;
  // Only one Close frame: "If an endpoint [...] did not previously send a Close frame" (5.5.1). The
  // reason stays empty: it is for the peer's people, ours learn it from `failure()`.
  if (can_send()) send_close(code_for(why), {});
  rare().failure = why;
  state_ = state_after(state_, transition::violation);
  message_.release();
  deflate_.reset();
  control_.release();
}

void connection::end_of_input() noexcept { state_ = state_after(state_, transition::end_of_stream); }

connection::rarely_used& connection::rare() {
  if (rare_ == nullptr) rare_ = std::make_unique<rarely_used>();
  return *rare_;
}

const std::optional<close_status>& connection::peer_close() const noexcept {
  return rare_ != nullptr ? rare_->peer_close : no_status;
}

const std::optional<close_status>& connection::local_close() const noexcept {
  return rare_ != nullptr ? rare_->local_close : no_status;
}

std::error_code connection::failure() const noexcept {
  if (state_ != state::failed) return {};
  return rare_->failure;
}

}  // namespace websock::protocol
