#include "deflate_state.hpp"

#include <utility>

namespace websock::protocol {

deflate_state::deflate_state(const deflate_parameters& agreed, const deflate_options& options,
                             role ours) noexcept
    : threshold{options.threshold} {
  const bool is_server = ours == role::server;
  sends_with.level = static_cast<std::uint8_t>(options.level);
  sends_with.memory_level = static_cast<std::uint8_t>(options.memory_level);
  // 7.1.2.1: "By including this parameter in an extension negotiation offer, a client limits the LZ77 sliding
  // window size that the server will use to compress messages." 7.1.2.2: "By including this extension
  // parameter in an extension negotiation response, a server limits the LZ77 sliding window size that the
  // client uses to compress messages."
  sends_with.window_bits = is_server ? agreed.server_max_window_bits : agreed.client_max_window_bits;
  receives_with.window_bits = is_server ? agreed.client_max_window_bits : agreed.server_max_window_bits;
  sends_with_takeover = is_server ? !agreed.server_no_context_takeover : !agreed.client_no_context_takeover;
  receives_with_takeover =
      is_server ? !agreed.client_no_context_takeover : !agreed.server_no_context_takeover;
}

deflater& deflate_state::sender() {
  if (sender_ == nullptr) sender_ = lease(sends_with);
  if (std::exchange(sender_is_stale_, false)) sender_->reset();
  return *sender_;
}

// 7.2.1: "If the "agreed parameters" contain the "server_no_context_takeover" extension parameter, the
// server MUST start compressing each new message with an empty LZ77 sliding window."
void deflate_state::end_sent_message() noexcept {
  if (!sends_with_takeover) sender_.reset();
}

inflater& deflate_state::receiver() {
  if (receiver_ == nullptr) receiver_ = lease(receives_with);
  return *receiver_;
}

// 7.2.2: "the client MAY decompress each new message with an empty LZ77 sliding window. Otherwise, the
// client MUST decompress each new message using the LZ77 sliding window used to process the last
// compressed message."
void deflate_state::end_received_message() noexcept {
  received = 0;
  if (!receives_with_takeover) receiver_.reset();
}

}  // namespace websock::protocol
