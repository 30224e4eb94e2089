// One thread of the server: its io_context, its listeners, its connections.
#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <thread>

#include "server/admission.hpp"
#include "server/connection.hpp"
#include "server/site.hpp"
#include "websock/io/acceptor.hpp"

namespace websock {

/// What all threads of one server share.
struct server_shared {
  admission gate;
  std::atomic<std::size_t> sessions = 0;
};

/// A thread that accepts connections and serves them to their end; no connection ever leaves it,
/// so nothing on it needs a lock. Unless it says otherwise, a member is called on the thread.
class worker {
 public:
  /// Whose thread it is. A process whose only thread serves needs no atomic operations: the C library and
  /// the standard library see that, and leave them out.
  enum class thread_of : std::uint8_t { its_own, the_caller };

  explicit worker(server_shared& shared, thread_of whose = thread_of::its_own);
  ~worker();  ///< any thread; stops
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  /// Runs `function` on the thread and waits for it; throws what it throws. Any thread.
  template <typename Function>
  auto call(Function function) {
    if (is_current_thread()) return function();
    std::packaged_task<decltype(function())()> packaged{std::move(function)};
    auto result = packaged.get_future();
    asio::post(context_, [packaged = std::move(packaged)]() mutable { packaged(); });
    return result.get();
  }
  /// Runs a coroutine beside the connections, for as long as the thread lives.
  void spawn(task<void> work);
  /// `call` without waiting, on any thread.
  template <typename Function>
  void post(Function function) {
    asio::post(context_, std::move(function));
  }

  [[nodiscard]] bool is_current_thread() const noexcept { return id_ == std::this_thread::get_id(); }

  /// Serves until `stop`, on the thread that made it: for `thread_of::the_caller`.
  void run() { context_.run(); }

  /// Ends the thread's work, wherever its coroutines are, and a thread of its own. Other threads only.
  void stop();

  [[nodiscard]] asio::io_context& context() noexcept { return context_; }

  void set_site(std::shared_ptr<const site> current) noexcept { site_ = std::move(current); }
  [[nodiscard]] const std::shared_ptr<const site>& current_site() const noexcept { return site_; }

  /// Opens a listener, or its share of one that `first` (of another worker) has opened. It takes
  /// connections once `accept_from` is called.
  std::shared_ptr<io::acceptor> listen(const io::endpoint& where, bool is_shared);
  std::shared_ptr<io::acceptor> listen(const io::acceptor& first);
  void accept_from(std::shared_ptr<io::acceptor> listener, std::shared_ptr<const live_tls> certificates);
  void close_listener(const std::shared_ptr<io::acceptor>& listener) noexcept;

  /// Stops accepting and drains every connection; `when_empty` is called here once none is left.
  void drain(std::function<void()> when_empty);
  void abort_connections() noexcept;
  [[nodiscard]] bool is_draining() const noexcept { return is_draining_; }

  [[nodiscard]] connection_list& connections() noexcept { return connections_; }
  void connection_ended(connection& ended) noexcept;
  void count_session(int by) noexcept {
    shared_.sessions.fetch_add(static_cast<std::size_t>(by), std::memory_order_relaxed);
  }

  /// The value of a Date field, made once a second.
  const std::string& date();

 private:
  task<void> accept_loop(std::shared_ptr<io::acceptor> listener,
                         std::shared_ptr<const live_tls> certificates);
  void admit(io::stream_ptr stream, const live_tls& certificates);
  void tell_if_empty();

  server_shared& shared_;
  connection_list connections_;
  std::shared_ptr<const site> site_;
  std::list<std::shared_ptr<io::acceptor>> listeners_;
  std::function<void()> when_empty_;
  bool is_draining_ = false;
  std::int64_t date_second_ = -1;
  std::string date_;

  // Last: its destruction ends coroutines that use the members above.
  asio::io_context context_{ASIO_CONCURRENCY_HINT_UNSAFE_IO};  // its sockets are used on its thread only
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::thread thread_;  // none: the caller's
  std::thread::id id_;
};

}  // namespace websock
