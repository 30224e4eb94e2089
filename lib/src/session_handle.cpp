#include "websock/session_handle.hpp"

#include <asio/error.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <chrono>
#include <mutex>
#include <new>
#include <thread>

#include "io/spawn.hpp"
#include "io/suspend.hpp"
#include "session_core.hpp"

namespace websock {

namespace detail {

/// Where other threads leave work for a session. The lock is held while work is posted, so that
/// the session, and its context after it, cannot go away in between.
class mailbox {
 public:
  mailbox(session_core& core, const session_options& options) noexcept
      : core_{&core}, most_bytes_{options.high_water_mark}, most_messages_{options.outgoing.messages} {}

  void close() noexcept {
    const std::lock_guard lock{mutex_};
    core_ = nullptr;
  }

  [[nodiscard]] bool is_closed() const noexcept {
    const std::lock_guard lock{mutex_};
    return core_ == nullptr;
  }

  /// Calls `hand_over(executor)` if the session lives.
  template <typename HandOver>
  bool post(HandOver hand_over) const {
    const std::lock_guard lock{mutex_};
    if (core_ == nullptr) return false;
    hand_over(core_->executor());
    return true;
  }

  /// Counts messages that are posted and that the session has not accepted yet. False: too many are.
  bool reserve(std::size_t size) noexcept {
    const std::size_t bytes = posted_bytes_.fetch_add(size, std::memory_order_relaxed);
    const std::uint64_t messages = posted_messages_.fetch_add(1, std::memory_order_relaxed);
    if (bytes < most_bytes_ && messages < most_messages_) return true;
    give_back(size);
    return false;
  }
  void give_back(std::size_t size) noexcept {
    posted_bytes_.fetch_sub(size, std::memory_order_relaxed);
    posted_messages_.fetch_sub(1, std::memory_order_relaxed);
  }

  /// On the session's thread only: the session, or nothing.
  [[nodiscard]] std::shared_ptr<session_core> find() const noexcept {
    return core_ == nullptr ? nullptr : core_->weak_from_this().lock();
  }

 private:
  mutable std::mutex mutex_;
  session_core* core_;
  const std::size_t most_bytes_;
  const std::uint64_t most_messages_;
  std::atomic<std::size_t> posted_bytes_ = 0;
  std::atomic<std::uint64_t> posted_messages_ = 0;
};

std::shared_ptr<mailbox> session_core::get_mailbox() {
  if (mailbox_ == nullptr) mailbox_ = std::make_shared<mailbox>(*this, *options_);
  return mailbox_;
}

void session_core::close_mailbox() noexcept {
  if (mailbox_ != nullptr) mailbox_->close();
}

namespace {

using mailbox_ptr = std::shared_ptr<mailbox>;

std::shared_ptr<session_core> find_or_throw(const mailbox_ptr& box) {
  auto core = box->find();
  if (core == nullptr) throw std::system_error{errc::closed, "session_handle"};
  return core;
}

// `message` or `prepared_message`.
template <typename Message>
task<void> send_there(mailbox_ptr box, Message content) {
  const auto core = find_or_throw(box);
  co_await core->send(content, compression::automatic);
}

/// The place of a posted message in its mailbox, for as long as it waits.
class posted_place {
 public:
  posted_place(mailbox_ptr box, std::size_t size) noexcept : box_{std::move(box)}, size_{size} {}
  posted_place(posted_place&&) noexcept = default;
  posted_place& operator=(posted_place&&) = delete;
  ~posted_place() {
    if (box_ != nullptr) box_->give_back(size_);
  }

 private:
  mailbox_ptr box_;
  std::size_t size_;
};

template <typename Message>
task<void> send_posted(mailbox_ptr box, Message content, [[maybe_unused]] posted_place place) {
  const auto core = find_or_throw(box);
  co_await core->send(content, compression::automatic);
}

task<void> close_there(mailbox_ptr box, close_code code, std::string reason) {
  const auto core = find_or_throw(box);
  co_await core->close(code, reason);
}

/// Brings the caller back to its own executor, once, whatever becomes of the work: done, abandoned by
/// a cancelled caller, or destroyed undone with the session's context.
class reply : public std::enable_shared_from_this<reply> {
 public:
  explicit reply(asio::any_io_executor caller) : caller_{std::move(caller)} {}

  void answer(std::exception_ptr error) noexcept {
    {
      const std::lock_guard lock{mutex_};
      if (is_answered_) return;
      is_answered_ = true;
      error_ = std::move(error);
      if (!waiting_) return;
    }
    deliver();
  }
  void answer(std::error_code error) noexcept {
    answer(std::make_exception_ptr(std::system_error{error, "session_handle"}));
  }

  /// The answer may have come already.
  void wait(io::completion caller) noexcept {
    {
      const std::lock_guard lock{mutex_};
      waiting_ = std::move(caller);
      if (!is_answered_) return;
    }
    deliver();
  }

  void throw_error() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  // A caller that nobody wakes would wait for ever, so this waits for memory.
  void deliver() noexcept {
    while (true) {
      try {
        asio::post(caller_, [self = shared_from_this()] { self->waiting_.complete(self->caller_, {}); });
        return;
      } catch (const std::bad_alloc&) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
      }
    }
  }

  const asio::any_io_executor caller_;
  std::mutex mutex_;  // a cancellation comes from the caller's thread, the rest from the session's
  io::completion waiting_;
  std::exception_ptr error_;
  bool is_answered_ = false;
};

/// Answers that the session is gone, if nothing else does.
class answer_at_end {
 public:
  explicit answer_at_end(std::shared_ptr<reply> caller) noexcept : caller_{std::move(caller)} {}
  answer_at_end(answer_at_end&&) noexcept = default;
  answer_at_end& operator=(answer_at_end&&) = delete;
  ~answer_at_end() {
    if (caller_ != nullptr) caller_->answer(errc::closed);
  }
  void operator()(std::exception_ptr error) const noexcept { caller_->answer(std::move(error)); }

 private:
  std::shared_ptr<reply> caller_;
};

task<void> wait_for(std::shared_ptr<reply> caller) {
  const auto hand_over = [&caller](io::completion done) noexcept { caller->wait(std::move(done)); };
  co_await io::suspend(hand_over);
}

// Runs `work` on the session's thread, and the caller again on its own.
task<void> run_there(mailbox_ptr box, task<void> work) {
  const auto executor = co_await asio::this_coro::executor;
  const auto caller = std::make_shared<reply>(executor);
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (auto slot = cancellation.slot(); slot.is_connected()) {
    slot.assign([waiting = std::weak_ptr{caller}](asio::cancellation_type) {
      if (const auto alive = waiting.lock()) alive->answer(asio::error::operation_aborted);
    });
  }
  answer_at_end on_end{caller};
  const auto hand_over = [&work, &on_end](const asio::any_io_executor& there) {
    io::spawn(there, std::move(work), std::move(on_end));
  };
  if (box == nullptr || !box->post(hand_over)) caller->answer(errc::closed);
  co_await wait_for(caller);
  caller->throw_error();
}

bool spawn_there(const mailbox_ptr& box, task<void> work) {
  return box != nullptr &&
         box->post([&work](const asio::any_io_executor& there) { io::spawn(there, std::move(work)); });
}

template <typename Message>
bool post_message(const mailbox_ptr& box, Message content) {
  if (box == nullptr || !box->reserve(content.size())) return false;
  posted_place place{box, content.size()};
  return spawn_there(box, send_posted(box, std::move(content), std::move(place)));
}

}  // namespace
}  // namespace detail

task<void> session_handle::send(std::string text) const { return send(message{std::string_view{text}}); }

task<void> session_handle::send(message content) const {
  return detail::run_there(mailbox_, detail::send_there(mailbox_, std::move(content)));
}

task<void> session_handle::send(prepared_message content) const {
  return detail::run_there(mailbox_, detail::send_there(mailbox_, std::move(content)));
}

task<void> session_handle::close(close_code code, std::string reason) const {
  return detail::run_there(mailbox_, detail::close_there(mailbox_, code, std::move(reason)));
}

bool session_handle::post_send(std::string text) const { return post_send(message{std::string_view{text}}); }

bool session_handle::post_send(message content) const {
  return detail::post_message(mailbox_, std::move(content));
}

bool session_handle::post_send(prepared_message content) const {
  return detail::post_message(mailbox_, std::move(content));
}

bool session_handle::post_close(close_code code, std::string reason) const {
  return detail::spawn_there(mailbox_, detail::close_there(mailbox_, code, std::move(reason)));
}

bool session_handle::post_abort() const {
  return mailbox_ != nullptr && mailbox_->post([&box = mailbox_](const asio::any_io_executor& there) {
    asio::post(there, [box] {
      if (const auto core = box->find()) core->abort();
    });
  });
}

bool session_handle::expired() const noexcept { return mailbox_ == nullptr || mailbox_->is_closed(); }

}  // namespace websock
