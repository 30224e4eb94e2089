// Messages out and echoes in.
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include "schedule.hpp"
#include "worker.hpp"

namespace load {
namespace {

constexpr std::size_t touched_at_once = 256;
// So many are sent in one turn when a schedule is late: echoes must be read, too.
constexpr std::size_t burst = 256;

std::string describe_close(const websock::session& session) {
  const auto& said = session.peer_close();
  if (!said) return "a connection ended";
  std::string text = "the server closed a connection";
  if (said->code) text += " with " + std::to_string(static_cast<unsigned>(*said->code));
  return text;
}

}  // namespace

websock::task<void> worker::serve(lane& one) {
  std::string failure;
  try {
    co_await exchange(one);
    if (!is_stopping_) failure = describe_close(one.session());
    co_await one.session().close();
    if (failure.empty() && !one.session().was_clean())
      failure = "a connection ended without the closing handshake";
  } catch (const std::system_error& error) {
    failure = std::string{"a connection failed: "} + error.what();
  }
  conclude(one, failure);
}

// Receives until all is over. In a closed loop each echo lets the next message go; what a turn sends leaves in
// one write.
websock::task<void> worker::exchange(lane& one) {
  const bool is_closed_loop = wanted_.kind == run_kind::closed_loop;
  if (is_closed_loop) co_await fill(one);
  while (!is_over(one)) {
    const auto echo = co_await one.session().receive();
    if (!echo) co_return;
    const auto now = load_clock::now();
    take(one, *echo, now);
    if (!is_closed_loop || is_stopping_ || !one.has_room()) continue;
    ++in_flight_;
    const auto& message = one.next(now);
    co_await one.session().send(message);
  }
}

websock::task<void> worker::fill(lane& one) {
  while (one.has_room() && !is_stopping_) {
    ++in_flight_;
    const auto& message = one.next(load_clock::now());
    co_await one.session().send(message);
  }
}

// For those who have more lanes than this one: that it is broken is its receiver's matter.
websock::task<void> worker::send(lane& one, load_clock::time_point since) {
  ++in_flight_;
  const auto& message = one.next(since);
  try {
    co_await one.session().send(message);
  } catch (const std::system_error&) {
  }
}

void worker::take(lane& one, const websock::message& echo, load_clock::time_point now) {
  if (one.in_flight() == 0) {
    recorder_.add_wrong("a message came that is the echo of none");
    return;
  }
  load_clock::time_point start;
  const auto& sent = one.take(start);
  --in_flight_;
  if (!is_right(echo, sent, wanted_.verify)) [[unlikely]]
    recorder_.add_wrong(describe_wrong(echo, sent));
  count(since(start, now));
  if (changed_.has_waiters()) changed_.notify_all();
}

void worker::count(std::uint64_t nanoseconds) {
  const bool is_full = mine_.messages != 0 && meter_.count() == mine_.messages;
  if (!is_full && meter_.add(nanoseconds) && meter_.count() == mine_.messages) board_.filled();
}

void worker::conclude(lane& one, const std::string& failure) {
  one.end();
  --live_;
  in_flight_ -= one.in_flight();
  if (one.in_flight() != 0) {
    recorder_.add_lost(one.in_flight(), failure.empty() ? "messages never came back" : failure);
  } else if (!failure.empty()) {
    recorder_.add_broken(failure);
  }
  changed_.notify_all();
}

// --- Open loop ---------------------------------------------------------------------------------

websock::task<void> worker::send_when_due() {
  class schedule due{mine_.rate, load_clock::now()};
  while (!is_stopping_ && live_ != 0) {
    co_await send_due(due);
    if (is_stopping_) break;
    if (due.is_due(load_clock::now())) {  // no room anywhere, or a burst
      co_await asio::post(context_, asio::use_awaitable);
      continue;
    }
    due_.expires_at(due.next());
    std::error_code stopped;
    co_await due_.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
  }
}

// What is due goes out; where every lane is full it stays due, and its latency grows.
websock::task<void> worker::send_due(class schedule& due) {
  for (std::size_t sent = 0; sent < burst && due.is_due(load_clock::now()); ++sent) {
    lane* const free = find_room();
    if (free == nullptr) {
      co_await changed_.wait();
      co_return;
    }
    co_await send(*free, due.take());
  }
}

// In turn, so that all connections are used alike.
lane* worker::find_room() {
  for (std::size_t tries = 0; tries < lanes_.size(); ++tries) {
    lane& one = *lanes_[turn_];
    turn_ = (turn_ + 1) % lanes_.size();
    if (!one.has_ended() && one.has_room()) return &one;
  }
  return nullptr;
}

// --- Idle --------------------------------------------------------------------------------------

websock::task<void> worker::touch_all() {
  for (const auto& one : lanes_) {
    while (in_flight_ >= touched_at_once && !is_stopping_) co_await changed_.wait();
    if (one->has_ended() || is_stopping_) continue;
    co_await send(*one, load_clock::now());
  }
  while (in_flight_ != 0 && !is_stopping_) co_await changed_.wait();
  board_.touched();
}

}  // namespace load
