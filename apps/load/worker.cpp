#include "worker.hpp"

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <exception>

namespace load {
namespace {

constexpr std::size_t opening_at_once = 128;
constexpr std::chrono::seconds drain_time{3};

// Part `index` of `whole`, when it is cut into `parts` that differ by one at most.
std::size_t cut(std::size_t whole, std::size_t parts, std::size_t index) {
  return whole / parts + (index < whole % parts ? 1 : 0);
}

}  // namespace

share share_of(const options& wanted, std::size_t index) {
  share mine;
  for (std::size_t before = 0; before < index; ++before) {
    mine.first += cut(wanted.connections, wanted.threads, before);
  }
  mine.count = cut(wanted.connections, wanted.threads, index);
  mine.rate = wanted.rate / static_cast<double>(wanted.threads);
  if (wanted.messages)
    mine.messages = std::max<std::uint64_t>(1, cut(*wanted.messages, wanted.threads, index));
  return mine;
}

worker::worker(const options& wanted, const std::vector<websock::prepared_message>& messages,
               const share& mine, recorder& record, board& tell)
    : wanted_{wanted},
      messages_{messages},
      mine_{mine},
      recorder_{record},
      board_{tell},
      meter_{record},
      due_{context_},
      patience_{context_},
      changed_{context_.get_executor()},
      group_{context_.get_executor()} {}

void worker::run() {
  asio::co_spawn(context_, work(), [this](const std::exception_ptr& error) {
    meter_.flush();
    board_.ended(error);
    context_.stop();
  });
  context_.run();
}

void worker::begin() {
  asio::post(context_, [this] {
    has_begun_ = true;
    changed_.notify_all();
  });
}

void worker::touch() {
  asio::post(context_, [this] { group_.spawn(touch_all()); });
}

void worker::stop() {
  asio::post(context_, [this] {
    is_stopping_ = true;
    has_begun_ = true;
    due_.cancel();
    changed_.notify_all();
    finish_soon();
  });
}

// Lanes that wait for nothing are closed; those that wait for echoes get a moment.
void worker::finish_soon() {
  for (const auto& one : lanes_) {
    if (!one->has_ended() && one->in_flight() == 0)
      one->session().start_close(websock::close_code::normal_closure);
  }
  patience_.expires_after(drain_time);
  patience_.async_wait([this](std::error_code error) {
    if (error) return;
    for (const auto& one : lanes_) {
      if (!one->has_ended()) one->session().start_close(websock::close_code::normal_closure);
    }
  });
}

websock::task<void> worker::work() {
  if (wanted_.kind != run_kind::connect) co_await open_all();
  board_.opened();
  co_await wait_for_the_start();
  spawn_load();
  co_await group_.join();
  patience_.cancel();
}

websock::task<void> worker::open_all() {
  lanes_.reserve(mine_.count);
  websock::io::task_group openers{context_.get_executor()};
  for (std::size_t i = 0; i < std::min(mine_.count, opening_at_once); ++i) openers.spawn(open_some());
  co_await openers.join();
}

// One of several that share the work.
websock::task<void> worker::open_some() {
  while (opening_ < mine_.count && !is_stopping_) {
    const std::size_t index = opening_++;
    const websock::connect_options how = options_for(index);
    const auto start = load_clock::now();
    websock::session opened = co_await websock::connect(wanted_.url, how);
    meter_.add_handshake(since(start, load_clock::now()), true);
    if (wanted_.connect.session.permessage_deflate && !opened.permessage_deflate()) {
      throw std::system_error{websock::errc::handshake_refused,
                              "the server did not agree to permessage-deflate"};
    }
    lanes_.push_back(std::make_unique<lane>(std::move(opened), messages_, wanted_.depth));
    ++live_;
  }
}

websock::task<void> worker::wait_for_the_start() {
  while (!has_begun_) co_await changed_.wait();
}

void worker::spawn_load() {
  if (wanted_.kind == run_kind::connect) {
    for (std::size_t i = 0; i < mine_.count; ++i) group_.spawn(repeat_connecting(i));
    return;
  }
  for (const auto& one : lanes_) group_.spawn(serve(*one));
  if (wanted_.kind == run_kind::open_loop) group_.spawn(send_when_due());
}

websock::connect_options worker::options_for(std::size_t index) const {
  websock::connect_options how = wanted_.connect;
  how.network.local_address = source_address(wanted_, mine_.first + index);
  return how;
}

std::uint64_t worker::since(load_clock::time_point start, load_clock::time_point end) {
  return end > start ? static_cast<std::uint64_t>(std::chrono::nanoseconds{end - start}.count()) : 0;
}

}  // namespace load
