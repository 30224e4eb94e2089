#include "websock/server/server.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/signal_set.hpp>
#include <asio/use_awaitable.hpp>
#include <csignal>
#include <thread>

#include "server/log.hpp"
#include "server/server_state.hpp"

namespace websock {
namespace {

/// Names a signal for the log.
std::string_view name_of(int signal) noexcept { return signal == SIGINT ? "SIGINT" : "SIGTERM"; }

}  // namespace

/// `run`: the calling thread waits for signals while the workers serve.
class server::signal_loop {
 public:
  explicit signal_loop(server::state& served) : served_{served} {
    // Before anything is started: a signal that comes early is kept.
    const std::lock_guard lock{served_.mutex};
    served_.when_down = [this] { asio::post(context_, [this] { context_.stop(); }); };
  }

  ~signal_loop() {
    if (drain_.joinable()) drain_.join();
    const std::lock_guard lock{served_.mutex};
    served_.when_down = nullptr;
  }

  void run() {
    asio::co_spawn(context_, watch(), asio::detached);
    context_.run();
  }

 private:
  task<void> watch() {
    while (true) {
      const int signal = co_await signals_.async_wait(asio::use_awaitable);
      if (signal == SIGHUP) {
        reload();
      } else if (!drain_.joinable()) {
        start_drain(signal);
      } else {
        log::warning({name_of(signal), " again: dropping all sessions"});
        served_.force();
      }
    }
  }

  // On a thread of its own, as this one is to hear the second signal.
  void start_drain(int signal) {
    log::info({name_of(signal), ": closing all sessions"});
    drain_ = std::thread{[this] {
      const bool was_clean = served_.drain(served_.drain_timeout());
      log::info({was_clean ? "all sessions are closed" : "dropped what was not closed in time"});
    }};
  }

  void reload() {
    const std::string source = served_.config.source;
    if (drain_.joinable()) return;
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
  asio::io_context context_{1};
  asio::signal_set signals_{context_, SIGINT, SIGTERM, SIGHUP};
  std::thread drain_;
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
  state_->start();
  signals.run();
}

void server::start() { state_->start(); }

std::vector<io::endpoint> server::endpoints() const { return state_->endpoints(); }

bool server::drain(duration deadline) { return state_->drain(deadline); }

void server::stop() { state_->stop(); }

void server::reload(server_config config) { state_->reload(std::move(config)); }

std::size_t server::session_count() const noexcept { return state_->shared.sessions.load(); }

}  // namespace websock
