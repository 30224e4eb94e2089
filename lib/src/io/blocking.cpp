#include "io/blocking.hpp"

#include <pthread.h>

#include <asio/execution_context.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/query.hpp>
#include <asio/this_coro.hpp>
#include <csignal>
#include <deque>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "websock/io/notifier.hpp"

namespace websock::io {
namespace {

/// Where other threads post to a context. The lock is held meanwhile, so that the context cannot go
/// away in between; it closes the mailbox when it does.
class mailbox {
 public:
  void close() noexcept {
    const std::lock_guard lock{mutex_};
    is_open_ = false;
  }

  template <typename Work>
  void post(const asio::any_io_executor& executor, Work work) {
    const std::lock_guard lock{mutex_};
    if (is_open_) asio::post(executor, std::move(work));
  }

 private:
  std::mutex mutex_;
  bool is_open_ = true;
};

/// A service is shut down before what the context itself consists of, and before coroutines are
/// destroyed: from then on nobody else posts.
class mailbox_service final : public asio::execution_context::service {
 public:
  static asio::execution_context::id id;

  explicit mailbox_service(asio::execution_context& context) : asio::execution_context::service{context} {}

  static std::shared_ptr<mailbox> of(const asio::any_io_executor& executor) {
    asio::execution_context& context = asio::query(executor, asio::execution::context);
    return asio::use_service<mailbox_service>(static_cast<asio::io_context&>(context)).box_;
  }

 private:
  void shutdown() noexcept override { box_->close(); }

  std::shared_ptr<mailbox> box_ = std::make_shared<mailbox>();
};

asio::execution_context::id mailbox_service::id;

/// One piece of work. The last to hold it may be either thread: when nobody waits in the notifier
/// (any more), its end touches no context.
struct call {
  call(const asio::any_io_executor& caller, std::function<void()> what)
      : work{std::move(what)}, executor{caller}, box{mailbox_service::of(caller)}, ended{caller} {}

  const std::function<void()> work;
  const asio::any_io_executor executor;
  const std::shared_ptr<mailbox> box;
  // Used on the caller's thread alone:
  notifier ended;
  bool done = false;
};

using call_ptr = std::shared_ptr<call>;

void run(const call_ptr& job) {
  job->work();
  job->box->post(job->executor, [job] {
    job->done = true;
    job->ended.notify_all();
  });
}

/// The process's signals are for its own threads, which may have blocked some in order to wait for
/// them.
class without_signals {
 public:
  without_signals() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  without_signals(const without_signals&) = delete;
  without_signals& operator=(const without_signals&) = delete;
  ~without_signals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

/// The threads, which live as long as there is work for them.
class blocking_threads {
 public:
  void add(const call_ptr& job) {
    {
      const std::lock_guard lock{mutex_};
      waiting_.push_back(job);
      if (running_ == most_blocking_calls) return;
      ++running_;
    }
    start_thread(job);
  }

  /// It need not begin any more.
  void drop(const call_ptr& job) noexcept {
    const std::lock_guard lock{mutex_};
    std::erase(waiting_, job);
  }

 private:
  void start_thread(const call_ptr& job) {
    try {
      const without_signals blocked;
      std::thread{[this] { serve(); }}.detach();
    } catch (const std::system_error&) {
      const std::lock_guard lock{mutex_};
      if (--running_ != 0) return;  // one of the others will take it
      std::erase(waiting_, job);
      throw;
    }
  }

  void serve() {
    while (const call_ptr job = take()) run(job);
  }

  call_ptr take() noexcept {
    const std::lock_guard lock{mutex_};
    if (waiting_.empty()) {
      --running_;
      return nullptr;
    }
    call_ptr job = std::move(waiting_.front());
    waiting_.pop_front();
    return job;
  }

  std::mutex mutex_;
  std::deque<call_ptr> waiting_;
  std::size_t running_ = 0;
};

// Never destroyed, nor its threads joined: a call may still block when the process exits.
blocking_threads& threads() {
  static blocking_threads& all = *new blocking_threads;
  return all;
}

/// For as long as somebody waits for the call.
class interest {
 public:
  explicit interest(const call_ptr& job) noexcept : job_{job} {}
  interest(const interest&) = delete;
  interest& operator=(const interest&) = delete;
  ~interest() {
    if (!job_->done) threads().drop(job_);
  }

 private:
  call_ptr job_;
};

}  // namespace

task<void> run_blocking(std::function<void()> work) {
  const auto executor = co_await asio::this_coro::executor;
  const auto job = std::make_shared<call>(executor, std::move(work));
  const auto keeps_running = asio::make_work_guard(executor);
  const interest waits{job};
  threads().add(job);
  while (!job->done) co_await job->ended.wait();
}

}  // namespace websock::io
