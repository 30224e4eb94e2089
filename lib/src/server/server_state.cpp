#include "server/server_state.hpp"

#include <algorithm>

#include "server/log.hpp"

namespace websock {

std::size_t server::state::thread_count() const {
  if (config.threads != 0) return config.threads;
  return std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
}

void server::state::start() {
  const std::lock_guard lock{lifecycle};
  make_workers(worker::thread_of::its_own);
  begin();
}

void server::state::start_here(const std::function<void(asio::io_context&)>& prepare) {
  const std::lock_guard lock{lifecycle};
  make_workers(worker::thread_of::the_caller);
  prepare(workers.front()->context());
  begin();
  is_served_here = true;
}

void server::state::serve() {
  struct until_left {
    ~until_left() {
      const std::lock_guard guard{owner.mutex};
      owner.is_served_here = false;
      owner.changed.notify_all();
    }
    state& owner;
  };
  const until_left serving{*this};
  workers.front()->run();
}

void server::state::make_workers(worker::thread_of whose) {
  if (!workers.empty()) throw std::logic_error{"the server runs already"};
  current = std::make_shared<const site>(config, registry);
  for (std::size_t i = 0; i < thread_count(); ++i) {
    workers.push_back(std::make_unique<worker>(shared, whose));
  }
}

void server::state::begin() {
  shared.gate.set_limits(config.connections);
  is_forced = false;
  try {
    for (const auto& each : workers) each->call([&] { each->set_site(current); });
    listeners = open(listeners_of(*current));
  } catch (...) {
    take_down();
    throw;
  }
  for (const listener& opened : listeners) accept_from(opened);
  keep_certificates_fresh();
  publish_endpoints();
  log_endpoints(listeners);
}

// What may fail comes first, so that a failure leaves everything as it was.
void server::state::reload(server_config next) {
  const std::lock_guard lock{lifecycle};
  if (workers.empty()) throw std::logic_error{"the server does not run"};
  const auto prepared = std::make_shared<const site>(std::move(next), registry);

  std::vector<wanted_listener> wanted = listeners_of(*prepared);
  std::vector<listener> kept;
  std::vector<listener> obsolete;
  std::vector<std::pair<std::shared_ptr<live_tls>, std::shared_ptr<live_tls>>> renewed;  // and by what
  for (listener& opened : listeners) {
    const auto still = std::ranges::find_if(
        wanted, [&](const wanted_listener& each) { return is_same(opened, each.config); });
    (still == wanted.end() ? obsolete : kept).push_back(opened);
    if (still == wanted.end()) continue;
    renewed.emplace_back(opened.certificates, still->certificates);
    wanted.erase(still);
  }
  const std::vector<listener> added = open(wanted);

  current = prepared;
  shared.gate.set_limits(prepared->config().connections);
  for (const auto& each : workers) each->call([&] { each->set_site(prepared); });
  for (const auto& [certificates, newer] : renewed) certificates->adopt(*newer);
  for (const listener& opened : added) accept_from(opened);
  close(obsolete);
  listeners = std::move(kept);
  listeners.insert(listeners.end(), added.begin(), added.end());
  keep_certificates_fresh();
  publish_endpoints();
  log_endpoints(added);
}

duration server::state::drain_timeout() const {
  const std::lock_guard lock{lifecycle};
  return current == nullptr ? config.drain_timeout : current->config().drain_timeout;
}

bool server::state::drain(duration deadline) {
  require_other_thread("drain");
  const std::lock_guard lock{lifecycle};
  if (workers.empty()) return true;
  {
    const std::lock_guard counting{mutex};
    busy_workers = workers.size();
  }
  const auto worker_empty = [this] {
    const std::lock_guard counting{mutex};
    --busy_workers;
    changed.notify_all();
  };
  for (const auto& each : workers) {
    each->post([&draining = *each, worker_empty] { draining.drain(worker_empty); });
  }
  const bool was_clean = wait_for_workers(deadline);
  take_down();
  return was_clean;
}

// After the deadline, or `force`, connections are dropped, and their handlers get a moment to
// notice. True: nobody had to be dropped.
bool server::state::wait_for_workers(duration deadline) {
  constexpr duration moment{500};
  std::unique_lock counting{mutex};
  const auto is_over = [this] { return busy_workers == 0 || is_forced; };
  if (deadline == no_timeout) {
    changed.wait(counting, is_over);
  } else {
    changed.wait_for(counting, deadline, is_over);
  }
  if (busy_workers == 0) return true;
  for (const auto& each : workers) {
    each->post([&aborted = *each] { aborted.abort_connections(); });
  }
  changed.wait_for(counting, moment, [this] { return busy_workers == 0; });
  return false;
}

void server::state::stop() {
  require_other_thread("stop");
  force();  // a drain that somebody waits for
  const std::lock_guard lock{lifecycle};
  take_down();
}

void server::state::force() {
  const std::lock_guard counting{mutex};
  is_forced = true;
  changed.notify_all();
}

void server::state::take_down() {
  if (workers.empty()) return;
  for (const auto& each : workers) each->stop();
  wait_until_left();
  listeners.clear();
  workers.clear();
  const std::lock_guard counting{mutex};
  bound.clear();
  if (when_down) when_down();
}

// A thread that is not ours is not joined.
void server::state::wait_until_left() {
  std::unique_lock guard{mutex};
  changed.wait(guard, [this] { return !is_served_here; });
}

std::vector<io::endpoint> server::state::endpoints() const {
  const std::lock_guard guard{mutex};
  return bound;
}

// What `endpoints` tells, which handlers may ask while a reload waits for their thread.
void server::state::publish_endpoints() {
  const std::lock_guard guard{mutex};
  bound.clear();
  for (const listener& opened : listeners) bound.push_back(opened.local);
}

// A thread cannot wait for its own end.
void server::state::require_other_thread(const char* call) const {
  for (const auto& each : workers) {
    if (each->is_current_thread())
      throw std::logic_error{std::string{"server::"} + call + " was called by a handler"};
  }
}

}  // namespace websock
