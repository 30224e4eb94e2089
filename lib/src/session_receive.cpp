// The read loop of a session.
#include <asio/error.hpp>

#include "session_core.hpp"

namespace websock::detail {

task<std::optional<message>> session_core::receive() {
  if (is_closing_) return await_close();
  return read_message();
}

task<std::optional<message>> session_core::read_message() {
  if (is_reading_) throw std::system_error{errc::busy, "receive"};
  const auto self = shared_from_this();  // outlives the guard
  const under_way reading{*this, is_reading_};
  while (true) {
    const progress reached = read_on();
    if (reached == progress::message) co_return std::move(found_);
    if (reached == progress::end) break;
    co_await wait_to_read(reached);
  }
  co_await finish_handshake();
  co_return std::nullopt;
}

// Works off the input that is there.
progress session_core::advance() {
  if (connection_.take_message(input_, found_)) return message_taken();
  while (!connection_.is_done()) {
    protocol::event event = connection_.next(input_);
    switch (event.what) {
      case protocol::event::kind::message:
        found_ = std::move(event.content);
        return message_taken();
      case protocol::event::kind::pong:
        take_pong(event.content.bytes());
        count_control_frame();
        break;
      case protocol::event::kind::none:
        return input_.empty() ? progress::wait : progress::pause;
      // The core has answered these by itself: what it owes the peer leaves with our next write.
      case protocol::event::kind::ping:
        count_control_frame();
        break;
      case protocol::event::kind::close:
      case protocol::event::kind::failure:
        break;
    }
  }
  return progress::end;
}

// With a budget only.
progress session_core::count_message() {
  const auto& limit = options_->rates.messages;
  if (!limit || budget_->messages.take(*limit, reactor_.now())) return progress::message;
  found_ = {};
  connection_.fail(errc::message_rate_exceeded);
  return progress::end;
}

// Each of them, also those that came in one read and those that are not answered one by one.
void session_core::count_control_frame() {
  const auto& limit = options_->rates.control_frames;
  if (limit && !control_frames_.take(*limit, reactor_.now())) {
    connection_.fail(errc::control_frame_rate_exceeded);
  }
}

// Works off what is there, and reads what is there without waiting. A parser that had no memory half-way cannot
// go on.
progress session_core::read_on() {
  try {
    return read_without_waiting();
  } catch (const std::bad_alloc&) {
    drop(std::make_error_code(std::errc::not_enough_memory));
    throw;
  }
}

progress session_core::read_without_waiting() {
  while (true) {
    if (!input_.empty() || connection_.has_event()) {
      const progress reached = advance();
      if (reached != progress::wait) return reached;
    }
    if (!read_available()) {
      reads_without_wait_ = 0;
      return progress::wait;
    }
    if (++reads_without_wait_ >= fair_share) {
      reads_without_wait_ = 0;
      return progress::pause;
    }
  }
}

// `close` is reading to the end already and drops what still comes.
task<std::optional<message>> session_core::await_close() {
  const auto self = shared_from_this();
  while (is_closing_) co_await changed_.wait();
  auto found = co_await read_message();  // the end; or more, when that `close` was cancelled
  co_return found;
}

task<void> session_core::wait_to_read(progress why) {
  if (why == progress::pause) {
    co_await let_others_go();
    co_return;
  }
  try {
    co_await stream_->wait(io::direction::read);
  } catch (const std::system_error& error) {
    stop_reading(error.code());
  }
}

// A wait failed: the stream, or because the caller is cancelled.
void session_core::stop_reading(std::error_code why) {
  if (failure_) throw_ended();
  if (why != asio::error::operation_aborted) lose(why);
  throw std::system_error{why, "receive"};
}

task<void> session_core::let_others_go() { return reactor_.next_turn(); }

// What was sent while input was being worked off leaves in one write, before more input is asked
// for. A large message is read straight into its own memory, all else into the thread's buffer.
bool session_core::read_available() {
  if (failure_) throw_ended();
  write_output();
  if (remainder_.capacity() != 0) remainder_.release();
  const mutable_bytes own = connection_.prepare();
  const mutable_bytes into = own.empty() ? reactor_.input().borrow(*this) : own;
  std::error_code error;
  const std::size_t count = stream_->try_read(into, error);
  if (io::is_would_block(error) && !write_error_) return false;
  if (error || count == 0) lose(write_error_ ? write_error_ : error);
  last_read_ = reactor_.now();
  keepalive_pending_ = false;
  if (own.empty()) {
    input_ = into.first(count);
    // What is large may be tens of thousands of frames, and is worth several reads.
    reads_without_wait_ = static_cast<std::uint8_t>(reads_without_wait_ + count / fair_read);
  } else {
    connection_.commit(count);
  }
  return true;
}

// While nobody is in `receive`, signs of life wait in the stream. True: there are some; what was read
// is kept for the next `receive`. A peer that sends more than is taken has said enough.
bool session_core::read_ahead() {
  constexpr std::size_t enough = 16 * 1024;
  if (is_reading_) return false;
  if (input_.size() >= enough) return true;
  byte_buffer kept{input_};
  const std::size_t before = kept.size();
  std::error_code error;
  const std::size_t count = stream_->try_read({kept.extend(enough), enough}, error);
  kept.truncate(before + count);
  remainder_ = std::move(kept);
  reactor_.input().release(*this);  // what was in it is ours now
  input_ = remainder_;
  return count != 0;
}

// The stream ended or broke before the closing handshake was done (1006).
void session_core::lose(std::error_code why) {
  connection_.end_of_input();
  drop(why ? why : make_error_code(errc::connection_lost));
  throw_ended();
}

// Another stream of the thread needs the buffer that holds the rest of our input.
void session_core::on_evicted() noexcept {
  if (input_.empty()) return;
  try {
    remainder_.clear();
    remainder_.append(input_);
    input_ = remainder_;
  } catch (const std::bad_alloc&) {
    input_ = {};
    drop(std::make_error_code(std::errc::not_enough_memory));
  }
}

}  // namespace websock::detail
