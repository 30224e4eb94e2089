// One thread of a run, with its share of the connections.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "board.hpp"
#include "lane.hpp"
#include "options.hpp"
#include "recorder.hpp"
#include "websock/io/notifier.hpp"
#include "websock/io/task_group.hpp"
#include "websock/task.hpp"

namespace load {

/// Which part of a run a thread does.
struct share {
  std::size_t first = 0;  ///< its connections, by number
  std::size_t count = 0;
  double rate = 0;                 ///< of an open loop: messages a second
  std::uint64_t messages = 0;  ///< how many it measures at most; 0: no limit
};

/// The part of thread `index`.
share share_of(const options& wanted, std::size_t index);

class worker {
 public:
  worker(const options& wanted, const std::vector<websock::prepared_message>& messages, const share& mine,
         recorder& record, board& tell);

  /// The thread: returns when all is over. What went wrong is on the board.
  void run();

  /// The connections are open: begin with the load. Any thread, as the next two.
  void begin();
  /// One echo on each connection.
  void touch();
  /// No more is sent. What is in flight is awaited for a moment, and each connection closed.
  void stop();

  [[nodiscard]] std::uint64_t measured() const noexcept { return meter_.count(); }

 private:
  // worker.cpp
  websock::task<void> work();
  websock::task<void> open_all();
  websock::task<void> open_some();
  websock::task<void> wait_for_the_start();
  void spawn_load();
  void finish_soon();
  [[nodiscard]] websock::connect_options options_for(std::size_t index) const;
  [[nodiscard]] static std::uint64_t since(load_clock::time_point start, load_clock::time_point end);

  // worker_exchange.cpp
  websock::task<void> serve(lane& one);
  websock::task<void> exchange(lane& one);
  websock::task<void> fill(lane& one);
  websock::task<void> send(lane& one, load_clock::time_point since);
  websock::task<void> send_when_due();
  websock::task<void> send_due(class schedule& due);
  websock::task<void> touch_all();
  void take(lane& one, const websock::message& echo, load_clock::time_point now);
  void conclude(lane& one, const std::string& failure);
  void count(std::uint64_t nanoseconds);
  lane* find_room();
  [[nodiscard]] bool is_over(const lane& one) const noexcept { return is_stopping_ && one.in_flight() == 0; }

  // worker_connect.cpp
  websock::task<void> repeat_connecting(std::size_t index);
  websock::task<void> connect_once(const websock::connect_options& how);

  const options& wanted_;
  const std::vector<websock::prepared_message>& messages_;
  share mine_;
  recorder& recorder_;
  board& board_;
  meter meter_;
  asio::io_context context_{1};
  asio::steady_timer due_;      // the next message of an open loop
  asio::steady_timer patience_;  // for what is in flight at the end
  websock::io::notifier changed_;  // begun, stopped, or an echo came while somebody waits for room
  websock::io::task_group group_;
  std::vector<std::unique_ptr<lane>> lanes_;
  std::size_t opening_ = 0;    // connections that were begun
  std::size_t turn_ = 0;       // the lane that is asked first for room
  std::size_t live_ = 0;       // lanes that have not ended
  std::size_t in_flight_ = 0;  // over all lanes
  bool has_begun_ = false;
  bool is_stopping_ = false;
};

}  // namespace load
