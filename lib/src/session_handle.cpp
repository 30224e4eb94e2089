#include "websock/session_handle.hpp"

#include <asio/associated_cancellation_slot.hpp>
#include <asio/async_result.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <mutex>

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

// Brings the caller back to its own executor, once, whatever becomes of the work: done, abandoned by
// a cancelled caller, or destroyed undone with the session's context.
template <typename Handler>
class reply {
 public:
  explicit reply(Handler handler) : handler_{std::move(handler)} {}
  reply(const reply&) = delete;
  reply& operator=(const reply&) = delete;
  ~reply() { answer(errc::closed); }

  void answer(std::error_code error) {
    answer(std::make_exception_ptr(std::system_error{error, "session_handle"}));
  }

  void answer(std::exception_ptr error) {
    if (answered_.test_and_set()) return;
    const auto here = asio::get_associated_executor(handler_);
    asio::post(here, [handler = std::move(handler_), error]() mutable { std::move(handler)(error); });
  }

 private:
  std::atomic_flag answered_;  // a cancellation comes from the caller's thread, the rest from the session's
  Handler handler_;
};

// Runs `work` on the session's thread, and the caller again on its own.
task<void> run_there(mailbox_ptr box, task<void> work) {
  const auto start = [&box, &work](auto handler) {
    auto slot = asio::get_associated_cancellation_slot(handler);
    const auto caller = std::make_shared<reply<decltype(handler)>>(std::move(handler));
    if (slot.is_connected()) {
      slot.assign([waiting = std::weak_ptr{caller}](asio::cancellation_type) {
        if (const auto alive = waiting.lock()) alive->answer(asio::error::operation_aborted);
      });
    }
    if (box == nullptr) return;
    box->post([&](const asio::any_io_executor& there) {
      asio::co_spawn(there, std::move(work), [caller](std::exception_ptr error) { caller->answer(error); });
    });
  };
  task<void> done = asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(
      start, asio::use_awaitable);
  co_await std::move(done);
}

bool spawn_there(const mailbox_ptr& box, task<void> work) {
  return box != nullptr && box->post([&work](const asio::any_io_executor& there) {
    asio::co_spawn(there, std::move(work), asio::detached);
  });
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
