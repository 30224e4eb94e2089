#include "websock/core/error.hpp"

namespace websock {
namespace {

const char* describe(errc value) noexcept {
  switch (value) {
    case errc::reserved_bits_set:
      return "a reserved bit is set that no extension defines";
    case errc::reserved_opcode:
      return "the frame has a reserved opcode";
    case errc::fragmented_control_frame:
      return "a control frame is fragmented";
    case errc::control_frame_too_long:
      return "a control frame has more than 125 bytes of payload";
    case errc::nonminimal_length:
      return "a payload length is not in its shortest form";
    case errc::length_out_of_range:
      return "a 64-bit payload length has its top bit set";
    case errc::unmasked_frame:
      return "a client's frame is not masked";
    case errc::masked_frame:
      return "a server's frame is masked";
    case errc::unexpected_continuation:
      return "a continuation frame continues nothing";
    case errc::continuation_expected:
      return "a new message begins inside a fragmented one";
    case errc::close_payload_truncated:
      return "a Close frame has a payload of one byte";
    case errc::close_code_invalid:
      return "a Close frame has a code that must not be sent";
    case errc::invalid_utf8:
      return "text is not valid UTF-8";
    case errc::compressed_data_invalid:
      return "a message's compressed data is invalid";
    case errc::message_too_big:
      return "a message is larger than the limit";
    case errc::inflate_ratio_exceeded:
      return "a compressed message grows by more than the limit";
    case errc::too_many_fragments:
      return "a message has more fragments than the limit";
    case errc::message_rate_exceeded:
      return "messages come faster than the limit";
    case errc::control_frame_rate_exceeded:
      return "control frames come faster than the limit";
    case errc::http_malformed:
      return "malformed HTTP";
    case errc::http_head_too_large:
      return "an HTTP head is larger than the limit";
    case errc::http_body_too_large:
      return "an HTTP body is larger than the limit";
    case errc::field_invalid:
      return "a field's name or value may not be in an HTTP head";
    case errc::handshake_refused:
      return "the server refused the WebSocket handshake";
    case errc::handshake_invalid:
      return "the server's WebSocket handshake is invalid";
    case errc::subprotocol_not_offered:
      return "the server chose a subprotocol that was not offered";
    case errc::extension_not_offered:
      return "the server chose an extension that was not offered";
    case errc::extension_invalid:
      return "the server's answer to the offered extension is invalid";
    case errc::url_invalid:
      return "the URL cannot be used";
    case errc::redirect_refused:
      return "the redirect may not be followed";
    case errc::proxy_refused:
      return "the proxy refused the connection";
    case errc::certificate_untrusted:
      return "the peer's certificate is not trusted";
    case errc::certificate_expired:
      return "the peer's certificate is expired or not valid yet";
    case errc::certificate_wrong_host:
      return "the peer's certificate is for another host";
    case errc::tls_configuration:
      return "the TLS configuration cannot be used";
    case errc::tls_truncated:
      return "the TLS stream was cut off";
    case errc::closed:
      return "the session is closed";
    case errc::connection_lost:
      return "the connection ended without a closing handshake";
    case errc::handshake_timeout:
      return "the opening handshake took too long";
    case errc::close_timeout:
      return "the closing handshake took too long";
    case errc::ping_timeout:
      return "the peer did not answer a ping";
    case errc::send_timeout:
      return "the peer did not take our data in time";
    case errc::timed_out:
      return "the operation took too long";
    case errc::busy:
      return "another call of this kind is under way";
    case errc::outgoing_queue_full:
      return "the peer is too slow for what is sent to it";
    case errc::argument_invalid:
      return "the argument may not be sent";
  }
  return "unknown error";
}

bool is(errc value, condition kind) noexcept {
  switch (kind) {
    case condition::protocol_violation:
      return value >= errc::reserved_bits_set && value <= errc::compressed_data_invalid;
    case condition::limit_exceeded:
      return (value >= errc::message_too_big && value <= errc::control_frame_rate_exceeded) ||
             value == errc::http_head_too_large || value == errc::http_body_too_large ||
             value == errc::outgoing_queue_full;
    case condition::handshake_failed:
      return (value >= errc::handshake_refused && value <= errc::extension_invalid) ||
             value == errc::redirect_refused || value == errc::proxy_refused ||
             (value >= errc::certificate_untrusted && value <= errc::certificate_wrong_host) ||
             value == errc::handshake_timeout || value == errc::http_malformed ||
             value == errc::http_head_too_large;
    case condition::timeout:
      return value >= errc::handshake_timeout && value <= errc::timed_out;
    case condition::disconnected:
      return value == errc::closed || value == errc::connection_lost || value == errc::tls_truncated;
  }
  return false;
}

// System errors that say "nobody is there any more".
bool is_disconnect(const std::error_code& code) noexcept {
  return code == std::errc::connection_reset || code == std::errc::broken_pipe ||
         code == std::errc::connection_aborted || code == std::errc::not_connected ||
         code == std::errc::timed_out || code == std::errc::host_unreachable ||
         code == std::errc::network_unreachable || code == std::errc::network_down;
}

class errors final : public std::error_category {
 public:
  const char* name() const noexcept override { return "websock"; }
  std::string message(int value) const override { return describe(static_cast<errc>(value)); }
};

class conditions final : public std::error_category {
 public:
  const char* name() const noexcept override { return "websock condition"; }

  std::string message(int value) const override {
    switch (static_cast<condition>(value)) {
      case condition::protocol_violation:
        return "protocol violation";
      case condition::limit_exceeded:
        return "limit exceeded";
      case condition::handshake_failed:
        return "handshake failed";
      case condition::timeout:
        return "timeout";
      case condition::disconnected:
        return "disconnected";
    }
    return "unknown condition";
  }

  bool equivalent(const std::error_code& code, int value) const noexcept override {
    const auto kind = static_cast<condition>(value);
    if (code.category() == websock::error_category()) return is(static_cast<errc>(code.value()), kind);
    return kind == condition::disconnected && is_disconnect(code);
  }
};

}  // namespace

const std::error_category& error_category() noexcept {
  static const errors category;
  return category;
}

const std::error_category& condition_category() noexcept {
  static const conditions category;
  return category;
}

std::error_code make_error_code(errc value) noexcept { return {static_cast<int>(value), error_category()}; }

std::error_condition make_error_condition(condition value) noexcept {
  return {static_cast<int>(value), condition_category()};
}

}  // namespace websock
