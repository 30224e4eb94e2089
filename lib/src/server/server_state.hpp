// What is behind `server`: the workers, the listeners, and how all of it ends.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "server/site.hpp"
#include "server/worker.hpp"

namespace websock {

struct server::state {
  /// One listener of the configuration, with what each worker has of it (a null where it has none).
  struct listener {
    listener_config config;
    io::endpoint local;
    std::vector<std::shared_ptr<io::acceptor>> parts;
    std::shared_ptr<live_tls> certificates;
    bool is_fresh = false;  // somebody looks after the certificates
  };

  /// One that is to be open, with the certificates that were read for it.
  struct wanted_listener {
    listener_config config;
    std::shared_ptr<live_tls> certificates;
  };
  static std::vector<wanted_listener> listeners_of(const site& prepared);

  explicit state(server_config initial) : config{std::move(initial)} {}
  ~state() { stop(); }

  // server_state.cpp
  /// On threads of its own.
  void start();
  /// For a server of one thread, which is to be the caller's: hands out its context before anything can
  /// happen there, and starts. `serve` is to follow.
  void start_here(const std::function<void(asio::io_context&)>& prepare);
  /// Serves on this thread until all is down.
  void serve();
  [[nodiscard]] std::size_t thread_count() const;
  void reload(server_config next);
  bool drain(duration deadline);
  [[nodiscard]] duration drain_timeout() const;
  void stop();
  /// Ends a drain under way before its deadline.
  void force();
  [[nodiscard]] std::vector<io::endpoint> endpoints() const;

  // listeners.cpp
  /// All or none: throws with nothing left open. They accept once `accept_from` is called.
  std::vector<listener> open(const std::vector<wanted_listener>& wanted);
  listener open(const wanted_listener& wanted);
  void accept_from(const listener& opened);
  void keep_certificates_fresh();
  void close(const std::vector<listener>& opened);
  void log_endpoints(const std::vector<listener>& opened) const;
  /// The configuration asks for what is open, in the same words or by the port that port 0 became.
  /// Its certificates may be others.
  static bool is_same(const listener& opened, const listener_config& wanted);

  server_config config;  // before `start`
  handler_registry registry;
  std::function<server_config()> read_config;  // for SIGHUP; empty: the file
  server_shared shared;
  std::shared_ptr<const site> current;
  std::vector<std::unique_ptr<worker>> workers;
  std::vector<listener> listeners;

  // Starting, reloading and ending exclude each other; `lifecycle` is held while one of them runs.
  // `mutex` is for the few words between the workers and others.
  mutable std::mutex lifecycle;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::size_t busy_workers = 0;  // that still have connections, while draining
  bool is_forced = false;
  bool is_served_here = false;  // `start_here` is done, and `serve` not yet
  std::vector<io::endpoint> bound;
  std::function<void()> when_down;  // for `run`: all is down, whoever asked for it

 private:
  void make_workers(worker::thread_of whose);
  void begin();
  bool wait_for_workers(duration deadline);
  void take_down();
  void wait_until_left();
  void publish_endpoints();
  void require_other_thread(const char* call) const;
};

}  // namespace websock
