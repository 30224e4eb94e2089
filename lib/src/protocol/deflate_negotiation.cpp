#include "deflate_negotiation.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "websock/core/error.hpp"

namespace websock::protocol {
namespace {

constexpr std::uint8_t most_bits = 15;

enum class element { offer, answer };

// The parameters of one offer or answer, as they are written.
struct written_parameters {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  std::optional<std::uint8_t> server_max_window_bits;
  std::optional<std::uint8_t> client_max_window_bits;
};

// Section 7.1.2.1: "a decimal integer value without leading zeroes between 8 to 15 inclusive".
std::optional<std::uint8_t> window_bits(std::string_view text) noexcept {
  constexpr std::string_view values[] = {"8", "9", "10", "11", "12", "13", "14", "15"};
  const auto found = std::find(std::begin(values), std::end(values), text);
  if (found == std::end(values)) return std::nullopt;
  return static_cast<std::uint8_t>(8 + (found - std::begin(values)));
}

// Section 7.1.1.1: "This extension parameter has no value."
bool set(bool& flag, const std::optional<std::string>& value) noexcept {
  return !value && !std::exchange(flag, true);
}

bool set(std::optional<std::uint8_t>& bits, const std::optional<std::string>& value) noexcept {
  if (bits || !value) return false;
  bits = window_bits(*value);
  return bits.has_value();
}

// False: a parameter that is not defined, that has an invalid value, or that is there twice.
bool set(written_parameters& written, extension_parameter parameter, element kind) {
  auto& [name, value] = parameter;
  if (name == "server_no_context_takeover") return set(written.server_no_context_takeover, value);
  if (name == "client_no_context_takeover") return set(written.client_no_context_takeover, value);
  if (name == "server_max_window_bits") return set(written.server_max_window_bits, value);
  if (name != "client_max_window_bits") return false;
  // Section 7.1.2.2, of an offer: "This parameter has no value or a decimal integer value". Without
  // one the client sets no limit of its own. An answer has a value.
  if (kind == element::offer && !value) value = std::to_string(most_bits);
  return set(written.client_max_window_bits, value);
}

// Section 7: "A server MUST decline an extension negotiation offer for this extension if any of the
// following conditions are met: The negotiation offer contains an extension parameter not defined for
// use in an offer. ... an extension parameter with an invalid value. ... multiple extension parameters
// with the same name." A client fails the connection for such a response.
std::optional<written_parameters> read(extension_list_reader& list, element kind) {
  written_parameters written;
  while (auto parameter = list.next_parameter()) {
    if (!set(written, std::move(*parameter), kind)) return std::nullopt;
  }
  return written;
}

void write_bits(std::string& text, const char* name, std::uint8_t bits) {
  text.append("; ").append(name).append("=").append(std::to_string(bits));
}

std::string with_takeover(const deflate_parameters& parameters) {
  std::string text{permessage_deflate};
  if (parameters.server_no_context_takeover) text += "; server_no_context_takeover";
  if (parameters.client_no_context_takeover) text += "; client_no_context_takeover";
  return text;
}

deflate_parameters agree(const written_parameters& offered, const deflate_parameters& wanted) noexcept {
  deflate_parameters agreed;
  // Section 7.1.1.1: "A server MAY include the "server_no_context_takeover" extension parameter in an
  // extension negotiation response even if the extension negotiation offer ... didn't include" it.
  agreed.server_no_context_takeover = wanted.server_no_context_takeover || offered.server_no_context_takeover;
  // Section 7.1.1.2: the offer is "a hint that even if the server doesn't include the
  // "client_no_context_takeover" extension parameter in the corresponding extension negotiation
  // response to the offer, the client is not going to use context takeover."
  agreed.client_no_context_takeover = wanted.client_no_context_takeover || offered.client_no_context_takeover;
  // Section 7.1.2.1: "with the same or smaller value as the offer".
  agreed.server_max_window_bits =
      std::min(wanted.server_max_window_bits, offered.server_max_window_bits.value_or(most_bits));
  // Section 7.1.2.2: "If a received extension negotiation offer doesn't have the
  // "client_max_window_bits" extension parameter, the corresponding extension negotiation response to
  // the offer MUST NOT include the "client_max_window_bits" extension parameter." So such a client
  // keeps to its 15 bits, whatever is wanted.
  if (offered.client_max_window_bits) {
    agreed.client_max_window_bits = std::min(wanted.client_max_window_bits, *offered.client_max_window_bits);
  }
  return agreed;
}

std::string answer_to(const written_parameters& offered, const deflate_parameters& agreed) {
  std::string text = with_takeover(agreed);
  // Section 7.1.2.1: "A server accepts an extension negotiation offer with this parameter by including
  // the "server_max_window_bits" extension parameter in the extension negotiation response".
  if (offered.server_max_window_bits || agreed.server_max_window_bits < most_bits) {
    write_bits(text, "server_max_window_bits", agreed.server_max_window_bits);
  }
  if (agreed.client_max_window_bits < most_bits) {
    write_bits(text, "client_max_window_bits", agreed.client_max_window_bits);
  }
  return text;
}

}  // namespace

void require_valid(const deflate_options& options) {
  if (is_valid(options)) return;
  throw std::system_error{errc::argument_invalid, "a value of deflate_options is out of range"};
}

// One offer and no weaker one behind it: what a server may not exceed is the same in all of them.
std::string deflate_offer(const deflate_parameters& wanted) {
  std::string text = with_takeover(wanted);
  // Section 7.1.2.1: "Absence of this parameter in an extension negotiation offer indicates that the
  // client can receive messages compressed using an LZ77 sliding window of up to 32,768 bytes."
  if (wanted.server_max_window_bits < most_bits) {
    write_bits(text, "server_max_window_bits", wanted.server_max_window_bits);
  }
  // Section 7.1.2.2: "By including this parameter in an extension negotiation offer, a client informs
  // the peer server that the client supports the "client_max_window_bits" extension parameter in an
  // extension negotiation response".
  if (wanted.client_max_window_bits == most_bits) return text + "; client_max_window_bits";
  write_bits(text, "client_max_window_bits", wanted.client_max_window_bits);
  return text;
}

std::optional<deflate_agreement> accept_deflate_offer(extension_list_reader& list,
                                                      const deflate_parameters& wanted) {
  const auto offered = read(list, element::offer);
  if (!offered) return std::nullopt;
  const deflate_parameters agreed = agree(*offered, wanted);
  return deflate_agreement{agreed, answer_to(*offered, agreed)};
}

std::optional<deflate_parameters> check_deflate_answer(extension_list_reader& list,
                                                       const deflate_parameters& wanted) {
  const auto answered = read(list, element::answer);
  if (!answered) return std::nullopt;
  // Section 7.1.1.1: "A server accepts an extension negotiation offer that includes the
  // "server_no_context_takeover" extension parameter by including the "server_no_context_takeover"
  // extension parameter in the corresponding extension negotiation response".
  if (wanted.server_no_context_takeover && !answered->server_no_context_takeover) return std::nullopt;
  // Section 7.1.2.1: "with the same or smaller value as the offer"; without it the server's window may
  // have all 15 bits.
  deflate_parameters agreed;
  agreed.server_max_window_bits = answered->server_max_window_bits.value_or(most_bits);
  if (agreed.server_max_window_bits > wanted.server_max_window_bits) return std::nullopt;
  agreed.server_no_context_takeover = answered->server_no_context_takeover;
  agreed.client_no_context_takeover =
      wanted.client_no_context_takeover || answered->client_no_context_takeover;
  // Section 7.1.2.2, of the offer's value: even if the answer has a greater one or none, "the client is
  // not going to use an LZ77 sliding window size greater than the size specified by the value in the
  // extension negotiation offer to compress messages."
  agreed.client_max_window_bits =
      std::min(wanted.client_max_window_bits, answered->client_max_window_bits.value_or(most_bits));
  return agreed;
}

}  // namespace websock::protocol
