// The send path of a session: accept, gather, write.
#include <algorithm>
#include <array>

#include "session_core.hpp"
#include "websock/protocol/utf8.hpp"

namespace websock::detail {
namespace {

// From this size on a payload is handed to the system where it lies instead of being gathered:
// copying it would cost more than a system call of its own.
constexpr std::size_t direct_size = 8 * 1024;

void throw_if(std::error_code error) {
  if (error) throw std::system_error{error, "send"};
}

}  // namespace

bool send_operation::try_now() {
  if (prepared_ != nullptr) return core_->try_send(*prepared_, how_);
  return core_->try_send(kind_, payload_, is_validated_, how_);
}

send_operation::frame_type* send_operation::begin(awaiting_frame&) {
  if (prepared_ != nullptr) return core_->send(*prepared_, how_).release();
  return core_->send(kind_, payload_, true, how_).release();
}

bool session_core::try_send(opcode kind, bytes_view payload, bool is_validated, compression how) {
  if (kind == opcode::text && !is_validated && !protocol::is_utf8(payload)) {
    throw std::system_error{errc::argument_invalid, "send: text that is not UTF-8"};
  }
  if (!may_send_now()) return keep_or_frame(kind, payload, how);
  accept(kind, payload, how);
  return true;
}

bool session_core::try_send(const prepared_message& message, compression how) {
  if (!may_send_now()) return keep_or_frame(message, how);
  accept(message, how);
  return true;
}

task<sent> session_core::send(opcode kind, bytes_view payload, bool is_validated, compression how) {
  const auto self = shared_from_this();
  if (try_send(kind, payload, is_validated, how)) co_return sent{};
  co_await wait_for_room();
  accept(kind, payload, how);
  co_return sent{};
}

task<sent> session_core::send(const prepared_message& message, compression how) {
  const auto self = shared_from_this();
  if (try_send(message, how)) co_return sent{};
  co_await wait_for_room();
  accept(message, how);
  co_return sent{};
}

// Who comes while others wait stands behind them, also when there is room again already.
task<void> session_core::wait_for_room() {
  const place_in_line mine{*this};
  co_await wait_for_room(mine);
}

task<void> session_core::wait_for_room(const place_in_line& mine) {
  while (is_open() && (!has_room() || !mine.is_first())) co_await written_.wait();
}

void session_core::accept(opcode kind, bytes_view payload, compression how) {
  if (!is_open()) throw std::system_error{errc::closed, "send"};
  last_message_ = reactor_.now();
  if (may_write_through(payload.size()) && !connection_.will_compress(payload.size(), how)) {
    throw_if(connection_.send_head(kind, payload.size()));
    write_through(payload);
  } else {
    throw_if(connection_.send(kind, payload, how));
    output_added();
  }
  if (budget_ != nullptr) message_framed();
}

void session_core::accept(const prepared_message& message, compression how) {
  if (!is_open()) throw std::system_error{errc::closed, "send"};
  last_message_ = reactor_.now();
  bytes_view payload;
  const bool is_direct = may_write_through(message.size());
  throw_if(is_direct ? connection_.send_head(message, how, payload) : connection_.send(message, how));
  if (is_direct) {
    write_through(payload);
  } else {
    output_added();
  }
  if (budget_ != nullptr) message_framed();
}

bool session_core::may_write_through(std::size_t size) const noexcept {
  return size >= direct_size && connection_.role() == protocol::role::server && !is_writing_;
}

// What was gathered, with the head at its end, and the payload leave in one system call; only what the
// system does not take is copied.
void session_core::write_through(bytes_view payload) {
  const std::array<bytes_view, 2> parts{connection_.output(), payload};
  std::error_code error;
  const std::size_t count = stream_->try_write(parts, error);
  const std::size_t of_output = std::min(count, parts[0].size());
  try {
    connection_.append_payload(payload.subspan(count - of_output));
  } catch (const std::bad_alloc&) {  // its head is out
    drop(std::make_error_code(std::errc::not_enough_memory));
    throw;
  }
  connection_.consume_output(of_output);  // may add a pong, which must be behind the payload
  if (count != 0) last_write_ = reactor_.now();
  if (budget_ != nullptr) count_written(count);
  output_added();
}

void session_core::output_added() noexcept {
  if (!is_queued() && !is_writing_ && buffered() != 0) reactor_.at_turn_end(*this);
}

void session_core::on_turn_end() noexcept { write_output(); }

// Writes what the system takes now; the rest is written when it takes more.
void session_core::write_output() noexcept {
  unqueue();
  if (is_writing_ || buffered() == 0 || write_some()) return;
  is_writing_ = true;
  last_write_ = reactor_.now();
  if (options_->timeouts.send != no_timeout) watchdog_.look_at(last_write_ + options_->timeouts.send);
  wait_to_write(shared_from_this());
}

// One attempt. After an error nothing more is written, but the stream stays: what the peer sent
// before it went away - its Close frame, perhaps - is still to be read. True: nothing is left to write.
bool session_core::write_some() noexcept {
  const bytes_view output = connection_.output();
  std::error_code error;
  const std::size_t count = stream_->try_write({&output, 1}, error);
  if (error && !io::is_would_block(error)) return give_up_writing(error);
  connection_.consume_output(count);
  if (count != 0) last_write_ = reactor_.now();
  if (budget_ != nullptr) {
    count_written(count);
    if (buffered() == 0) frame_waiting(share::some);
  }
  if (buffered() < options_->high_water_mark && written_.has_waiters()) written_.notify_all();
  return buffered() == 0;
}

bool session_core::give_up_writing(std::error_code why) noexcept {
  write_error_ = why;
  while (buffered() != 0) connection_.consume_output(buffered());  // a pong may follow what is consumed
  if (budget_ != nullptr) budget_->forget_output();
  written_.notify_all();
  return true;
}

/// What waits at the stream while the peer is slower than we are. No coroutine: one could not begin without memory,
/// and what a session has accepted is to be written by somebody.
class session_core::writer {
 public:
  explicit writer(std::shared_ptr<session_core> core) noexcept : core_{std::move(core)} {}
  void operator()(std::error_code error) {
    session_core& it = *core_;
    it.write_on(std::move(core_), error);
  }

 private:
  std::shared_ptr<session_core> core_;
};

void session_core::wait_to_write(std::shared_ptr<session_core> self) noexcept {
  stream_->start_wait(io::direction::write, io::completion{writer{std::move(self)}});
}

void session_core::write_on(std::shared_ptr<session_core> self, std::error_code error) noexcept {
  if (error) {
    give_up_writing(error);
  } else if (!write_some()) {
    wait_to_write(std::move(self));
    return;
  }
  ended(is_writing_);
}

task<void> session_core::flush() {
  const auto self = shared_from_this();
  write_output();
  while ((buffered() != 0 || has_waiting()) && !failure_) co_await written_.wait();
  if (write_error_) throw std::system_error{write_error_, "flush"};
  if (buffered() != 0) throw_ended();
}

task<std::chrono::nanoseconds> session_core::ping(std::string_view payload) {
  const auto self = shared_from_this();
  const std::string wanted =
      payload.empty() ? "websock " + std::to_string(next_ping_++) : std::string{payload};
  if (const auto error = connection_.ping(as_bytes(wanted))) throw std::system_error{error, "ping"};
  output_added();
  const waiting_ping mine{pings_, wanted, clock::now()};
  while (!mine.round_trip) {
    if (!stream_->is_open() || connection_.is_done()) throw std::system_error{errc::closed, "ping"};
    co_await changed_.wait();
  }
  co_return *mine.round_trip;
}

// Section 5.5.3: a peer may answer only the latest of several pings, so a pong answers those
// before it, too. One that nobody asked for is ignored.
void session_core::take_pong(bytes_view payload) {
  const auto is_answered = [payload](const waiting_ping* ping) { return ping->payload == as_text(payload); };
  const auto latest = std::find_if(pings_.rbegin(), pings_.rend(), is_answered);
  for (auto ping = latest; ping != pings_.rend(); ++ping) {
    if (!(*ping)->round_trip) latency_ = (*ping)->round_trip = clock::now() - (*ping)->sent;
  }
  if (latest != pings_.rend()) changed_.notify_all();
}

}  // namespace websock::detail
