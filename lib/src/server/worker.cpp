#include "server/worker.hpp"

#include <asio/error.hpp>
#include <ctime>

#include "io/spawn.hpp"
#include "server/log.hpp"

namespace websock {
namespace {

constexpr duration accept_pause{100};

}  // namespace

worker::worker(server_shared& shared, thread_of whose) : shared_{shared}, id_{std::this_thread::get_id()} {
  if (whose == thread_of::the_caller) return;
  thread_ = std::thread{[this] { run(); }};
  id_ = thread_.get_id();
}

// What comes out here is the end of one connection, or of something that was asked of this thread. It is not the
// end of the others.
void worker::run() noexcept {
  while (!context_.stopped()) {
    try {
      context_.run();
    } catch (...) {
      log::current_exception("a thread of the server goes on: ");
    }
  }
}

worker::~worker() {
  stop();
  when_empty_ = nullptr;
  listeners_.clear();  // they are the context's
}

void worker::stop() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<io::acceptor> worker::listen(const io::endpoint& where, bool is_shared) {
  io::listen_options options;
  options.reuse_port = is_shared;
  return std::make_shared<io::acceptor>(context_.get_executor(), where, options);
}

std::shared_ptr<io::acceptor> worker::listen(const io::acceptor& first) {
  return std::make_shared<io::acceptor>(first, context_.get_executor());
}

void worker::accept_from(std::shared_ptr<io::acceptor> listener,
                         std::shared_ptr<const live_tls> certificates) {
  auto from = std::make_shared<listening>(*this, std::move(listener), std::move(certificates));
  listeners_.push_back(from);
  spawn(accept_loop(*this, std::move(from)));
}

void worker::spawn(task<void> work) { io::spawn(context_.get_executor(), std::move(work)); }

void worker::close_listener(const std::shared_ptr<io::acceptor>& listener) noexcept {
  listener->close();
  listeners_.remove_if([&](const auto& from) { return from->listener == listener; });
}

worker::listening::listening(worker& home, std::shared_ptr<io::acceptor> from,
                             std::shared_ptr<const live_tls> with)
    : listener{std::move(from)},
      certificates{std::move(with)},
      again{home.context_.get_executor(), [this, &home](auto) { return home.accept_again(*this); }} {}

// Accepting waits for nothing but the next connection: each is served by a coroutine of its own. One that there is
// no memory for is closed, and the next one has to wait.
task<void> worker::accept_loop(worker& home, std::shared_ptr<listening> from) {
  try {
    while (true) {
      auto stream = co_await from->listener->accept();
      home.admit(std::move(stream), *from->certificates);
    }
  } catch (const std::system_error& error) {
    if (error.code() == asio::error::operation_aborted) co_return;
    from->again.look_at(io::watchdog::clock::now() + accept_pause);
    log::error({"accepting on ", from->listener->local().to_string(), " pauses: ", error.what()});
  } catch (const std::bad_alloc&) {  // there may be none for a line in the log either
    from->again.look_at(io::watchdog::clock::now() + accept_pause);
  }
}

io::watchdog::clock::time_point worker::accept_again(listening& from) noexcept {
  try {
    for (const auto& each : listeners_) {
      if (each.get() == &from) spawn(accept_loop(*this, each));
    }
    return io::watchdog::never;
  } catch (...) {
    return io::watchdog::clock::now() + accept_pause;
  }
}

// Above a limit the newest goes: whoever is being served is not disturbed.
void worker::admit(io::stream_ptr stream, const live_tls& certificates) {
  std::string remote_endpoint = stream->remote_endpoint();
  auto place = shared_.gate.admit(address_of(remote_endpoint));
  if (!place || is_draining_) return;
  spawn(serve_connection(*this, std::move(stream), certificates.current(), std::move(remote_endpoint),
                         std::move(*place)));
}

void worker::drain(std::function<void()> when_empty) {
  is_draining_ = true;
  when_empty_ = std::move(when_empty);
  for (const auto& each : listeners_) each->listener->close();
  listeners_.clear();
  connections_.for_each([](connection& entry) { entry.drain(); });
  tell_if_empty();
}

void worker::abort_connections() noexcept {
  connections_.for_each([](connection& entry) { entry.abort(); });
}

void worker::connection_ended(connection& ended) noexcept {
  connections_.remove(ended);
  if (is_draining_) tell_if_empty();
}

void worker::tell_if_empty() {
  if (connections_.empty() && when_empty_) std::exchange(when_empty_, nullptr)();
}

const std::string& worker::date() {
  const std::int64_t now = std::time(nullptr);
  if (now != date_second_) date_ = http::format_date(date_second_ = now);
  return date_;
}

}  // namespace websock
