#include "server/connection.hpp"

#include "server/log.hpp"
#include "server/worker.hpp"

namespace websock {

connection::connection(worker& home, admission::ticket place) : home_{home}, place_{std::move(place)} {
  home_.connections().add(*this);
}

connection::~connection() { home_.connection_ended(*this); }

void connection::serve_http(io::byte_stream* stream, bool is_idle) noexcept {
  stream_ = stream;
  is_idle_ = is_idle;
}

void connection::serve_session(session* session) noexcept {
  stream_ = nullptr;
  session_ = session;
  if (session != nullptr && home_.is_draining()) drain();
}

void connection::drain() noexcept {
  try {
    if (session_ != nullptr) session_->start_close(close_code::going_away);
  } catch (...) {  // no memory for the Close frame
    session_->abort();
  }
  if (stream_ != nullptr && is_idle_) stream_->close();
}

void connection::abort() noexcept {
  if (session_ != nullptr) session_->abort();
  if (stream_ != nullptr) stream_->close();
}

void connection_list::add(connection& entry) noexcept {
  entry.next_ = first_;
  if (first_ != nullptr) first_->previous_ = &entry;
  first_ = &entry;
}

void connection_list::remove(connection& entry) noexcept {
  if (entry.next_ != nullptr) entry.next_->previous_ = entry.previous_;
  (entry.previous_ != nullptr ? entry.previous_->next_ : first_) = entry.next_;
}

// The HTTP phase is a coroutine of its own, so that its frame, the parser and the buffers are gone
// once a session begins: an idle session keeps none of them. It keeps two frames: this and its handler's.
io::root_task serve_connection(worker& home, std::unique_ptr<arrival> from) {
  if (home.is_draining()) co_return;
  try {
    connection self{home, std::move(from->place)};
    auto upgraded = co_await serve_http(self, std::move(from));
    if (upgraded == nullptr) co_return;
    served_session served{self, std::move(upgraded)};
    try {
      task<void> handler = served.call_handler();
      co_await std::move(handler);
    } catch (...) {
      served.handler_threw();
    }
    co_await served.close();
  } catch (...) {
    // The peer went away, or was too slow. What a handler throws does not come here.
    log::debug({"connection: ", log::current_exception_text()});
  }
}

}  // namespace websock
