// A message that is sent piece by piece.
#include <exception>

#include "session_core.hpp"
#include "websock/protocol/utf8.hpp"

namespace websock {

namespace detail {

/// Stands first in the line of senders from its start to its end.
class outgoing_message {
 public:
  outgoing_message(std::shared_ptr<session_core> core, opcode kind, compression how)
      : core_{std::move(core)}, place_{std::in_place, *core_}, kind_{kind}, how_{how} {}
  outgoing_message(const outgoing_message&) = delete;
  outgoing_message& operator=(const outgoing_message&) = delete;
  ~outgoing_message();

  task<void> wait_for_turn() {
    co_await core_->wait_for_room(*place_);
    require_open();
  }
  task<void> write(bytes_view piece);
  task<void> finish();

 private:
  void require_open() const {
    if (!core_->is_open()) throw std::system_error{errc::closed, "message_writer"};
  }
  void send(bytes_view piece, bool fin);

  std::shared_ptr<session_core> core_;
  std::optional<session_core::place_in_line> place_;  // nothing: finished
  opcode kind_;
  compression how_;
  protocol::utf8_validator text_;
  bool has_begun_ = false;
};

outgoing_message::~outgoing_message() {
  if (!place_ || !has_begun_) return;
  try {
    core_->start_close(close_code::internal_error, {});
  } catch (...) {
    core_->abort();
  }
}

task<void> outgoing_message::write(bytes_view piece) {
  if (!place_) throw std::system_error{errc::closed, "message_writer: finished already"};
  co_await wait_for_turn();
  protocol::utf8_validator text = text_;  // as it was, should the piece be refused
  if (kind_ == opcode::text && !text.feed(piece)) {
    throw std::system_error{errc::argument_invalid, "message_writer: text that is not UTF-8"};
  }
  text_ = text;
  send(piece, false);
}

task<void> outgoing_message::finish() {
  if (!place_) throw std::system_error{errc::closed, "message_writer: finished already"};
  if (!text_.is_complete()) {
    throw std::system_error{errc::argument_invalid, "message_writer: text that ends within a code point"};
  }
  co_await wait_for_turn();
  send({}, true);
  place_.reset();
}

void outgoing_message::send(bytes_view piece, bool fin) {
  core_->last_message_ = core_->reactor_.now();
  if (core_->budget_ != nullptr && !has_begun_)
    core_->frame_waiting(session_core::share::all);  // they came before
  const opcode kind = has_begun_ ? opcode::continuation : kind_;
  if (const auto error = core_->connection_.send_fragment(kind, piece, fin, how_)) {
    throw std::system_error{error, "message_writer"};
  }
  has_begun_ = true;
  if (core_->budget_ != nullptr && fin) core_->message_ended();
  core_->output_added();
}

task<message_writer> session_core::start_message(opcode kind, compression how) {
  if (kind != opcode::text && kind != opcode::binary) {
    throw std::system_error{errc::argument_invalid, "start_message: neither text nor binary"};
  }
  auto message = std::make_unique<outgoing_message>(shared_from_this(), kind, how);
  co_await message->wait_for_turn();
  co_return message_writer{std::move(message)};
}

}  // namespace detail

message_writer::message_writer(std::unique_ptr<detail::outgoing_message> message) noexcept
    : message_{std::move(message)} {}
message_writer::message_writer(message_writer&&) noexcept = default;
message_writer& message_writer::operator=(message_writer&&) noexcept = default;
message_writer::~message_writer() = default;

task<void> message_writer::write(std::string_view piece) { return message_->write(as_bytes(piece)); }
task<void> message_writer::write(bytes_view piece) { return message_->write(piece); }
task<void> message_writer::finish() { return message_->finish(); }

}  // namespace websock
