#include "websock/protocol/prepared_message.hpp"

#include <algorithm>
#include <iterator>
#include <system_error>

#include "context_pool.hpp"
#include "prepared_forms.hpp"
#include "websock/core/error.hpp"
#include "websock/protocol/utf8.hpp"

namespace websock {

prepared_message::prepared_message(message content) {
  if (content.is_text() && !content.is_validated() && !protocol::is_utf8(content.bytes())) {
    throw std::system_error{errc::argument_invalid, "prepared_message: text that is not UTF-8"};
  }
  forms_ = std::make_shared<forms>(std::move(content));
}

opcode prepared_message::kind() const noexcept { return forms_->content().kind(); }

bytes_view prepared_message::bytes() const noexcept { return forms_->content().bytes(); }

std::size_t prepared_message::times_compressed() const noexcept { return forms_->times_compressed(); }

// Who comes while another thread compresses it waits, and has it then.
bytes_view prepared_message::forms::compressed(const protocol::deflater::settings& wanted) {
  const std::lock_guard lock{mutex_};
  const auto found =
      std::ranges::find_if(compressed_, [&](const form& one) { return one.made_with == wanted; });
  if (found != compressed_.end()) return found->payload;
  byte_buffer payload;
  protocol::lease(wanted)->compress(content_.bytes(), true, payload);
  return compressed_.emplace_front(form{wanted, std::move(payload)}).payload;
}

std::size_t prepared_message::forms::times_compressed() const noexcept {
  const std::lock_guard lock{mutex_};
  return static_cast<std::size_t>(std::ranges::distance(compressed_));
}

}  // namespace websock
