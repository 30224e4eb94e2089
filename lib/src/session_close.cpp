// How a session ends, in the order of RFC 6455 section 7.
#include <asio/error.hpp>

#include "session_core.hpp"

namespace websock::detail {

// Section 7.1.2, "Start the WebSocket Closing Handshake", to 7.1.1, "Close the WebSocket
// Connection". How the peer takes it is not our caller's matter.
task<void> session_core::close(close_code code, std::string_view reason) {
  const auto self = shared_from_this();
  start_close(code, reason);
  try {
    co_await read_to_the_close();
  } catch (const std::system_error& error) {
    rethrow_if_cancelled(error);
  }
  try {
    co_await end_stream();
  } catch (const std::system_error& error) {
    rethrow_if_cancelled(error);
  }
  drop(errc::closed);
}

void session_core::start_close(close_code code, std::string_view reason) {
  if (!is_open()) return;
  if (budget_ != nullptr) frame_waiting(share::all);
  if (const auto error = connection_.close(code, reason)) throw std::system_error{error, "close"};
  output_added();
  expect_end();
}

// "After sending a control frame indicating the connection should be closed, a peer does not send
// any further data; after receiving a control frame indicating the connection should be closed, a
// peer discards any further data received" (1.4). Whoever is in `receive` gets what still comes;
// whoever calls it later waits for the end.
task<void> session_core::read_to_the_close() {
  while (is_reading_ || is_closing_) co_await changed_.wait();
  const under_way closing{*this, is_closing_};
  while (true) {
    const std::optional<message> dropped = co_await read_message();
    if (!dropped) break;
  }
}

// Our last frame - the answer to the peer's Close, or the Close that says how it failed (7.1.7) -
// leaves, and behind it the server's FIN: "the server MUST close the connection immediately" (7.1.1).
task<void> session_core::finish_handshake() {
  expect_end();
  co_await flush();
  if (connection_.role() == protocol::role::server) stream_->shutdown_send();
  if (!was_clean()) throw_ended();
}

// Section 7.1.1: a clean closure is made "by the server first"; the client waits for it. Closing
// with input unread would be a reset, which may eat our Close frame, so both read to the end of the
// stream before they close it.
task<void> session_core::end_stream() {
  while (is_ending_) co_await changed_.wait();
  const under_way ending{*this, is_ending_};
  if (!was_clean()) stream_->shutdown_send();
  input_ = {};
  while (stream_->is_open()) {
    const mutable_bytes into = reactor_.input().borrow(*this);
    std::error_code error;
    const std::size_t count = stream_->try_read(into, error);
    if (io::is_would_block(error)) {
      if (write_error_) co_return;  // the peer will not hear of an end that it could answer
      co_await stream_->wait(io::direction::read);
    } else if (error || count == 0) {
      co_return;
    } else if (++reads_without_wait_ >= fair_share) {
      reads_without_wait_ = 0;
      co_await let_others_go();
    }
  }
}

// From here on the peer has `timeouts::close` to let go.
void session_core::expect_end() {
  if (options_->timeouts.close == no_timeout || close_deadline_ != clock::time_point::max()) return;
  close_deadline_ = clock::now() + options_->timeouts.close;
  watchdog_.look_at(close_deadline_);
}

// The stream is gone, and everybody who waits learns it.
void session_core::drop(std::error_code why) noexcept {
  if (!failure_) failure_ = why;
  unqueue();
  if (budget_ != nullptr) budget_->forget_output();
  reactor_.input().release(*this);
  stream_->close();
  written_.notify_all();
  changed_.notify_all();
}

void session_core::rethrow_if_cancelled(const std::system_error& error) const {
  if (error.code() == asio::error::operation_aborted && !failure_) throw std::system_error{error};
}

void session_core::throw_ended() const {
  throw std::system_error{connection_.failure() ? connection_.failure() : failure_};
}

}  // namespace websock::detail
