#include "websock/server/server.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <csignal>
#include <optional>

#include "server/log.hpp"
#include "server/server_state.hpp"

namespace websock {
namespace {

/// Names a signal for the log.
std::string_view name_of(int signal) noexcept { return signal == SIGINT ? "SIGINT" : "SIGTERM"; }

}  // namespace

/// `run`: the calling thread waits for signals while the workers serve; where there is only one, it is the
/// calling thread itself. What a signal asks for is done on another thread, so that the next one is heard.
class server::signal_loop {
 public:
  explicit signal_loop(server::state& served) : served_{served} {}

  ~signal_loop() {
    if (background_) background_->join();
    const std::lock_guard lock{served_.mutex};
    served_.when_down = nullptr;
  }

  void run() {
    if (served_.thread_count() == 1) {
      served_.start_here([this](asio::io_context& only) { listen_in(only); });
      served_.serve();
    } else {
      wait_for_workers();
    }
  }

 private:
  void wait_for_workers() {
    asio::io_context context{1};
    listen_in(context);  // before anything is started: a signal that comes early is kept
    {
      const std::lock_guard lock{served_.mutex};
      served_.when_down = [&context] { context.stop(); };
    }
    served_.start();
    context.run();
  }

  void listen_in(asio::io_context& context) {
    auto signals = std::make_unique<asio::signal_set>(context, SIGINT, SIGTERM, SIGHUP);
    asio::co_spawn(context, watch(std::move(signals)), asio::detached);
  }

  task<void> watch(std::unique_ptr<asio::signal_set> signals) {
    while (true) {
      const int signal = co_await signals->async_wait(asio::use_awaitable);
      if (signal == SIGHUP) {
        in_background([this] { reload(); });
      } else if (!is_draining_.exchange(true)) {
        log::info({name_of(signal), ": closing all sessions"});
        in_background([this] { drain(); });
      } else {
        log::warning({name_of(signal), " again: dropping all sessions"});
        served_.force();
      }
    }
  }

  // One after the other.
  template <typename Function>
  void in_background(Function function) {
    if (!background_) background_.emplace(1);
    asio::post(*background_, std::move(function));
  }

  void drain() {
    const bool was_clean = served_.drain(served_.drain_timeout());
    log::info({was_clean ? "all sessions are closed" : "dropped what was not closed in time"});
  }

  void reload() {
    const std::string source = served_.config.source;
    if (is_draining_) return;
    if (source.empty() && !served_.read_config) {
      log::warning({"SIGHUP: the configuration came from no file"});
      return;
    }
    try {
      served_.reload(served_.read_config ? served_.read_config() : load_config(source));
      log::info({"SIGHUP: the configuration was read again"});
    } catch (const std::exception& error) {
      log::error({"SIGHUP: the old configuration stays: ", error.what()});
    }
  }

  server::state& served_;
  std::atomic<bool> is_draining_ = false;
  std::optional<asio::thread_pool> background_;
};

server::server(server_config config) : state_{std::make_unique<state>(std::move(config))} {}

server::~server() = default;

void server::handle(std::string name, session_handler handler) {
  state_->registry.sessions.insert_or_assign(std::move(name), std::move(handler));
}

void server::handle_http(std::string name, http_handler handler) {
  state_->registry.http.insert_or_assign(std::move(name), std::move(handler));
}

void server::on_upgrade(std::string name, upgrade_hook hook) {
  state_->registry.hooks.emplace_back(std::move(name), std::move(hook));
}

void server::on_reload(std::function<server_config()> read) { state_->read_config = std::move(read); }

void server::check() const { const site checked{state_->config, state_->registry}; }

void server::run() {
  signal_loop signals{*state_};
  signals.run();
}

void server::start() { state_->start(); }

std::vector<io::endpoint> server::endpoints() const { return state_->endpoints(); }

bool server::drain(duration deadline) { return state_->drain(deadline); }

void server::stop() { state_->stop(); }

void server::reload(server_config config) { state_->reload(std::move(config)); }

std::size_t server::session_count() const noexcept { return state_->shared.sessions.load(); }

}  // namespace websock
