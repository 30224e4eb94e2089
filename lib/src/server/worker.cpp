#include "server/worker.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <ctime>

#include "server/log.hpp"

namespace websock {

worker::worker(server_shared& shared, thread_of whose) : shared_{shared}, id_{std::this_thread::get_id()} {
  if (whose == thread_of::the_caller) return;
  thread_ = std::thread{[this] { context_.run(); }};
  id_ = thread_.get_id();
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
  listeners_.push_back(listener);
  spawn(accept_loop(std::move(listener), std::move(certificates)));
}

void worker::spawn(task<void> work) { asio::co_spawn(context_, std::move(work), asio::detached); }

void worker::close_listener(const std::shared_ptr<io::acceptor>& listener) noexcept {
  listener->close();
  listeners_.remove(listener);
}

// Accepting waits for nothing but the next connection: each is served by a coroutine of its own.
task<void> worker::accept_loop(std::shared_ptr<io::acceptor> listener,
                               std::shared_ptr<const live_tls> certificates) {
  try {
    while (true) {
      auto stream = co_await listener->accept();
      admit(std::move(stream), *certificates);
    }
  } catch (const std::system_error& error) {
    if (error.code() != asio::error::operation_aborted) {
      log::error({"no longer listening on ", listener->local().to_string(), ": ", error.what()});
    }
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
  for (const auto& listener : listeners_) listener->close();
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
