// What `session::receive` and `session::send` give to `co_await`.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <system_error>

#include "websock/core/bytes.hpp"
#include "websock/direct_task.hpp"
#include "websock/protocol/compression.hpp"
#include "websock/protocol/message.hpp"
#include "websock/protocol/opcode.hpp"
#include "websock/protocol/prepared_message.hpp"
#include "websock/task.hpp"

namespace websock {

/// What an awaited `session::send` yields: nothing to know, the message was accepted.
struct sent {};

namespace detail {

class session_core;

/// `session::receive`: takes a message that is there; else the session reads whenever its stream has something,
/// and resumes the caller once a message is whole. The end of a session is a coroutine's matter.
class receive_operation {
 public:
  using frame_type = asio::detail::awaitable_frame<std::optional<message>, asio::any_io_executor>;

  receive_operation() noexcept = default;
  explicit receive_operation(session_core& core) noexcept : core_{&core} {}
  receive_operation(receive_operation&& other) noexcept : core_{other.core_} {}
  receive_operation& operator=(receive_operation&&) = delete;
  ~receive_operation() {
    if (instead_ != nullptr) instead_->destroy();
  }

  bool try_now();
  frame_type* begin(awaiting_frame& awaiting);
  frame_type* instead() noexcept { return std::exchange(instead_, nullptr); }
  std::optional<message> result();

 private:
  friend class session_core;
  session_core* core_ = nullptr;
  awaiting_frame* awaiting_ = nullptr;  // while it is suspended
  frame_type* instead_ = nullptr;
};

/// `session::send`: accepts the message where there is room; a coroutine waits for room.
class send_operation {
 public:
  using frame_type = asio::detail::awaitable_frame<sent, asio::any_io_executor>;

  send_operation() noexcept = default;
  send_operation(session_core& core, opcode kind, bytes_view payload, bool is_validated,
                 compression how) noexcept
      : core_{&core}, payload_{payload}, kind_{kind}, is_validated_{is_validated}, how_{how} {}
  send_operation(session_core& core, const prepared_message& prepared, compression how) noexcept
      : core_{&core}, prepared_{&prepared}, how_{how} {}

  bool try_now();
  frame_type* begin(awaiting_frame& awaiting);
  frame_type* instead() noexcept { return nullptr; }
  sent result() noexcept { return {}; }

 private:
  session_core* core_ = nullptr;
  const prepared_message* prepared_ = nullptr;
  bytes_view payload_;
  opcode kind_ = opcode::binary;
  bool is_validated_ = false;
  compression how_ = compression::automatic;
};

}  // namespace detail
}  // namespace websock

template <>
class [[nodiscard]] asio::awaitable<std::optional<websock::message>, asio::any_io_executor>
    : public websock::detail::direct_awaitable<std::optional<websock::message>,
                                               websock::detail::receive_operation> {
 public:
  using direct_awaitable::direct_awaitable;
};

template <>
class [[nodiscard]] asio::awaitable<websock::sent, asio::any_io_executor>
    : public websock::detail::direct_awaitable<websock::sent, websock::detail::send_operation> {
 public:
  using direct_awaitable::direct_awaitable;
  /// Where a task without a result is wanted.
  operator awaitable<void, asio::any_io_executor>() &&;  // NOLINT: loses nothing
};
