// A reference to a session for other threads.
#pragma once

#include <memory>
#include <string>

#include "websock/protocol/close_code.hpp"
#include "websock/protocol/message.hpp"
#include "websock/protocol/prepared_message.hpp"
#include "websock/task.hpp"

namespace websock {

namespace detail {
class mailbox;
}

/// A weak, copyable reference to a session, usable on any thread. It does not keep the session
/// alive; calls on a dead one, or on a default-constructed handle, throw `errc::closed`. It may
/// outlive the session, its server and its `io_context`.
class session_handle {
 public:
  session_handle() = default;

  /// As `session::send` and `session::close`, from a coroutine on any executor; resumes there.
  /// Cancelling them abandons only the wait. As with every post between threads, the caller's
  /// context has to outlive the thread's call that answers: end it after the session's thread.
  task<void> send(std::string text) const;
  task<void> send(message content) const;
  task<void> send(prepared_message content) const;
  task<void> close(close_code code = close_code::normal_closure, std::string reason = {}) const;

  /// For callers that are no coroutines: hands the work over and returns. False: the session is
  /// dead, or messages beyond its high-water mark are posted and not accepted yet, because its
  /// peer is too slow, or its thread: drop the message, or the session. True is no promise that the
  /// session still lives when the work arrives; what it then cannot take (text that is not UTF-8, a
  /// message after the Close frame) is dropped. What it takes is under its `outgoing.policy`.
  bool post_send(std::string text) const;
  bool post_send(message content) const;
  bool post_send(prepared_message content) const;  ///< for a broadcast: see `prepared_message`
  bool post_close(close_code code = close_code::normal_closure, std::string reason = {}) const;
  bool post_abort() const;

  /// The session is gone. (That it is not gone may change at any time.)
  [[nodiscard]] bool expired() const noexcept;

 private:
  friend class session;
  explicit session_handle(std::shared_ptr<detail::mailbox> target) noexcept : mailbox_{std::move(target)} {}

  std::shared_ptr<detail::mailbox> mailbox_;
};

}  // namespace websock
