// Receiving without a coroutine of its own.
#include "session_core.hpp"
#include "websock/session_awaitables.hpp"

namespace websock::detail {
namespace {

task<void> without_result(task<sent> sending) { co_await std::move(sending); }

}  // namespace

bool receive_operation::try_now() {
  if (core_->is_closing_) return false;
  if (core_->is_reading_) throw std::system_error{errc::busy, "receive"};
  core_->reached_ = core_->read_on();
  return core_->reached_ == progress::message;
}

/// What waits at the stream. Destroyed uncalled, it destroys the coroutine that waits.
struct session_core::reader {
  using relocates_bitwise = void;  // three pointers
  suspended_coroutine coroutine;
  std::shared_ptr<session_core> core;  // the session may be destroyed meanwhile

  void operator()(std::error_code error) { core->go_on(std::move(*this), error); }
};

receive_operation::frame_type* receive_operation::begin(awaiting_frame& awaiting) {
  if (core_->is_closing_ || core_->reached_ == progress::end) return core_->receive().release();
  awaiting_ = &awaiting;
  core_->receiving_ = this;
  core_->is_reading_ = true;
  session_core::reader waiting{suspended_coroutine{awaiting}, core_->shared_from_this()};
  if (auto slot = waiting.coroutine.get_cancellation_slot(); slot.is_connected()) {
    slot.assign([core = core_](asio::cancellation_type) { core->stream_->cancel_wait(io::direction::read); });
  }
  core_->suspend(std::move(waiting));
  return nullptr;
}

std::optional<message> receive_operation::result() {
  if (core_->receive_failure_) std::rethrow_exception(std::exchange(core_->receive_failure_, nullptr));
  return std::move(core_->found_);
}

void session_core::suspend(reader&& waiting) {
  io::completion done{std::move(waiting)};
  if (reached_ == progress::pause) {
    reactor_.post(std::move(done), {});
  } else {
    stream_->start_wait(io::direction::read, std::move(done));
  }
}

void session_core::go_on(reader&& woken, std::error_code error) {
  try {
    if (error) stop_reading(error);
    reached_ = read_on();
  } catch (...) {
    receive_failure_ = std::current_exception();
    reached_ = progress::message;
  }
  if (reached_ == progress::wait || reached_ == progress::pause) return suspend(std::move(woken));
  suspended_coroutine& coroutine = woken.coroutine;
  if (auto slot = coroutine.get_cancellation_slot(); slot.is_connected()) slot.clear();
  receive_operation& operation = *std::exchange(receiving_, nullptr);
  ended(is_reading_);
  if (reached_ == progress::end) operation.instead_ = receive().release();
  coroutine.resume(*operation.awaiting_, operation.instead_);
}

}  // namespace websock::detail

asio::awaitable<websock::sent, asio::any_io_executor>::operator awaitable<void, asio::any_io_executor>() && {
  return websock::detail::without_result(std::move(*this));
}
