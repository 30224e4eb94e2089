// A message whose pieces leave as they are made.
#pragma once

#include <memory>
#include <string_view>

#include "websock/core/bytes.hpp"
#include "websock/task.hpp"

namespace websock {

namespace detail {
class outgoing_message;
}

/// Made by `session::start_message`. Each piece is a fragment (RFC 6455 section 5.4), compressed by
/// itself where that was agreed on, so that the peer can use it at once. The session's other senders
/// wait until the message is finished, or, unless `outgoing.policy` is `block`, their messages do; its
/// coroutine must not send by itself meanwhile where it would wait for itself. Destroyed
/// unfinished, with a piece sent, it closes the session with 1011: the peer could not tell the rest
/// from what comes next. May outlive the session.
class message_writer {
 public:
  explicit message_writer(std::unique_ptr<detail::outgoing_message> message) noexcept;
  message_writer(message_writer&&) noexcept;
  message_writer& operator=(message_writer&&) noexcept;
  ~message_writer();

  /// Sends a piece. Completes, suspends and fails as `session::send`; a piece of text may end within
  /// a code point. The argument must live until the call completes. Cancelled, it sent nothing.
  task<void> write(std::string_view piece);
  task<void> write(bytes_view piece);

  /// Ends the message. Throws `errc::argument_invalid` for text that ends within a code point.
  task<void> finish();

 private:
  std::unique_ptr<detail::outgoing_message> message_;
};

}  // namespace websock
