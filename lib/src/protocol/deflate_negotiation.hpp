// How permessage-deflate is agreed on (RFC 7692 sections 5 and 7.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "extension_list.hpp"
#include "websock/protocol/permessage_deflate.hpp"

namespace websock::protocol {

inline constexpr std::string_view permessage_deflate = "permessage-deflate";

struct deflate_agreement {
  deflate_parameters parameters;
  std::string answer;  ///< what the server's Sec-WebSocket-Extensions says
};

/// Throws `errc::argument_invalid` for options that are out of range.
void require_valid(const deflate_options& options);

/// What a client's Sec-WebSocket-Extensions says.
std::string deflate_offer(const deflate_parameters& wanted);

/// A server's answer to the offer whose name `list` has just read; nothing: it is declined.
std::optional<deflate_agreement> accept_deflate_offer(extension_list_reader& list,
                                                      const deflate_parameters& wanted);

/// What a client that has made `deflate_offer(wanted)` has agreed on by the answer whose name `list`
/// has just read; nothing: the answer is not one to that offer.
std::optional<deflate_parameters> check_deflate_answer(extension_list_reader& list,
                                                       const deflate_parameters& wanted);

}  // namespace websock::protocol
