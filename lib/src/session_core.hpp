// What a session is made of; `session` and `session_handle` are its public faces.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/reactor.hpp"
#include "kept_request.hpp"
#include "session_budget.hpp"
#include "websock/io/notifier.hpp"
#include "websock/io/watchdog.hpp"
#include "websock/protocol/connection.hpp"
#include "websock/session.hpp"

namespace websock::detail {

/// How far a session came with its input.
enum class progress : std::uint8_t {
  message,  ///< there is one, in `found_`
  wait,     ///< more input is needed
  pause,    ///< it has read so often without waiting that others are to go first
  end       ///< the session is over, or being closed: more is to be done than to read
};

/// The protocol core, a byte stream, and what ties them together in time: who waits, what is due.
/// Lives on one thread. A coroutine that suspends in here holds it (`shared_from_this`), so the
/// session may be destroyed meanwhile.
class session_core final : public std::enable_shared_from_this<session_core>,
                           private io::turn_end_hook,
                           private io::shared_buffer::user {
 public:
  using clock = std::chrono::steady_clock;

  session_core(io::stream_ptr stream, protocol::role role, std::shared_ptr<const session_options> options,
               session_request request);
  ~session_core();

  /// Begins keepalive and takes over what was read behind the handshake.
  void start(bytes_view early);

  // session_receive.cpp
  task<std::optional<message>> receive();

  // session_send.cpp
  /// False: there is no room, or others wait for some.
  bool try_send(opcode kind, bytes_view payload, bool is_validated, compression how);
  bool try_send(const prepared_message& message, compression how);
  task<sent> send(opcode kind, bytes_view payload, bool is_validated, compression how);
  task<sent> send(const message& message, compression how) {
    return send(message.kind(), message.bytes(), message.is_validated(), how);
  }
  task<sent> send(const prepared_message& message, compression how);
  task<void> flush();
  task<std::chrono::nanoseconds> ping(std::string_view payload);
  [[nodiscard]] std::size_t buffered() const noexcept { return connection_.output().size(); }

  // session_outgoing.cpp
  /// Of messages that have no frame yet.
  [[nodiscard]] std::size_t waiting_bytes() const noexcept {
    return budget_ == nullptr ? 0 : budget_->waiting_bytes;
  }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return budget_ == nullptr ? 0 : budget_->dropped; }

  // session_message.cpp
  task<message_writer> start_message(opcode kind, compression how);

  // session_close.cpp
  task<void> close(close_code code, std::string_view reason);
  void start_close(close_code code, std::string_view reason);
  void abort() noexcept { drop(errc::closed); }

  // session_handle.cpp
  std::shared_ptr<class mailbox> get_mailbox();
  void close_mailbox() noexcept;

  [[nodiscard]] const protocol::connection& connection() const noexcept { return connection_; }
  [[nodiscard]] const kept_request& request() const noexcept { return request_; }
  [[nodiscard]] asio::any_io_executor executor() const noexcept { return reactor_.executor(); }
  [[nodiscard]] bool is_open() const noexcept { return connection_.can_send() && !failure_ && !write_error_; }
  [[nodiscard]] bool was_clean() const noexcept {
    return connection_.state() == protocol::state::closed ||
           connection_.state() == protocol::state::close_received;
  }
  [[nodiscard]] std::optional<std::chrono::nanoseconds> latency() const noexcept { return latency_; }

 private:
  friend class outgoing_message;
  friend class receive_operation;

  /// Reads in a row after which a session that never has to wait lets others of its thread go first.
  static constexpr std::uint8_t fair_share = 16;
  /// Bytes that count as one of them: of what is read by way of the thread's buffer a turn is half a MiB at most.
  static constexpr std::size_t fair_read = 16 * 1024;

  /// Says for as long as it lives that something is under way which is done by one at a time; who
  /// waits for its end looks again then.
  class under_way {
   public:
    under_way(session_core& core, bool& flag) noexcept : core_{core}, flag_{flag} { flag_ = true; }
    under_way(const under_way&) = delete;
    under_way& operator=(const under_way&) = delete;
    ~under_way() { core_.ended(flag_); }

   private:
    session_core& core_;
    bool& flag_;
  };

  /// Senders that wait for room go on in the order of their calls.
  class place_in_line {
   public:
    explicit place_in_line(session_core& core) : core_{core}, place_{core.line_.emplace(core.line_.end())} {}
    place_in_line(const place_in_line&) = delete;
    place_in_line& operator=(const place_in_line&) = delete;
    ~place_in_line() {
      core_.line_.erase(place_);
      if (!core_.line_.empty()) core_.written_.notify_all();
    }
    [[nodiscard]] bool is_first() const noexcept { return place_ == core_.line_.begin(); }

   private:
    session_core& core_;
    std::list<char>::iterator place_;
  };

  /// In the frame of the coroutine that waits for its pong.
  struct waiting_ping {
    waiting_ping(std::vector<waiting_ping*>& among, std::string content, clock::time_point now)
        : list{among}, payload{std::move(content)}, sent{now} {
      list.push_back(this);
    }
    waiting_ping(const waiting_ping&) = delete;
    waiting_ping& operator=(const waiting_ping&) = delete;
    ~waiting_ping() { std::erase(list, this); }

    std::vector<waiting_ping*>& list;
    std::string payload;
    clock::time_point sent;
    std::optional<std::chrono::nanoseconds> round_trip;
  };

  void ended(bool& flag) noexcept {
    flag = false;
    if (changed_.has_waiters()) changed_.notify_all();
  }

  // session_receive.cpp
  progress advance();
  progress message_taken() {
    last_message_ = last_read_;
    return budget_ == nullptr ? progress::message : count_message();
  }
  progress count_message();
  void count_control_frame();
  progress read_on();
  progress read_without_waiting();
  struct reader;
  void end_by(receive_operation& operation) noexcept;
  void suspend(reader&& waiting);
  void go_on(reader&& woken, std::error_code error);
  [[noreturn]] void stop_reading(std::error_code why);
  task<std::optional<message>> read_message();
  task<std::optional<message>> await_close();
  task<void> wait_to_read(progress why);
  task<void> let_others_go();
  bool read_available();
  bool read_ahead();
  [[noreturn]] void lose(std::error_code why);
  void on_evicted() noexcept override;

  // session_send.cpp
  [[nodiscard]] bool has_room() const noexcept {
    return buffered() < options_->high_water_mark && (budget_ == nullptr || has_room_for_message());
  }
  [[nodiscard]] bool may_send_now() const noexcept {
    return budget_ == nullptr ? has_room() && line_.empty() : may_frame_now();
  }
  task<void> wait_for_room();
  task<void> wait_for_room(const place_in_line& mine);
  void accept(opcode kind, bytes_view payload, compression how);
  void accept(const prepared_message& message, compression how);
  [[nodiscard]] bool may_write_through(std::size_t size) const noexcept;
  void write_through(bytes_view payload);
  void output_added() noexcept;
  void write_output() noexcept;
  bool write_some() noexcept;
  bool give_up_writing(std::error_code why) noexcept;
  class writer;
  void wait_to_write(std::shared_ptr<session_core> self) noexcept;
  void write_on(std::shared_ptr<session_core> self, std::error_code error) noexcept;
  void on_turn_end() noexcept override;
  void take_pong(bytes_view payload);

  // session_outgoing.cpp: with a budget only, but for `keep_or_frame`
  [[nodiscard]] std::uint64_t messages_in_output() const noexcept;
  [[nodiscard]] bool has_room_for_message() const noexcept;
  [[nodiscard]] bool may_frame_now() const noexcept;
  [[nodiscard]] bool is_enough_framed() const noexcept;
  [[nodiscard]] bool is_overfull() const noexcept;
  bool keep_or_frame(opcode kind, bytes_view payload, compression how);
  bool keep_or_frame(const prepared_message& message, compression how);
  bool make_room();
  void message_framed();
  void message_ended();
  void count_written(std::size_t count) noexcept;
  [[nodiscard]] bool has_waiting() const noexcept {
    return budget_ != nullptr && !budget_->waiting.empty() && is_open();
  }
  enum class share : std::uint8_t { some, all };
  void frame_waiting(share which) noexcept;
  void frame(const waiting_message& next);

  // session_close.cpp
  task<void> finish_handshake();
  task<void> read_to_the_close();
  void expect_end();
  task<void> end_stream();
  void drop(std::error_code why) noexcept;
  void rethrow_if_cancelled(const std::system_error& error) const;
  [[noreturn]] void throw_ended() const;

  // session_watch.cpp
  clock::time_point look(clock::time_point now) noexcept;
  clock::time_point next_look(clock::time_point now);
  clock::time_point look_at_close(clock::time_point now);
  clock::time_point look_at_output(clock::time_point now);
  clock::time_point look_at_keepalive(clock::time_point now);
  clock::time_point look_at_idleness(clock::time_point now);
  void send_keepalive();
  task<void> measure_round_trip();

  protocol::connection connection_;
  io::stream_ptr stream_;
  io::reactor& reactor_;
  std::shared_ptr<const session_options> options_;
  kept_request request_;

  bytes_view input_;  // read and not yet used: in the thread's buffer, or in `remainder_`
  byte_buffer remainder_;
  message found_;  // the next one; empty once it was taken
  receive_operation* receiving_ = nullptr;  // that is suspended
  std::exception_ptr receive_failure_;  // how it ended, if not well

  io::notifier written_;  // output went down, or the session ended
  io::notifier changed_;  // a pong came, something that was under way is not any more, or the session ended
  std::list<char> line_;  // of the senders that wait for room
  std::vector<waiting_ping*> pings_;

  io::watchdog watchdog_;
  clock::time_point last_read_;
  clock::time_point last_message_;
  clock::time_point pinged_;
  clock::time_point last_write_;  // when output last moved, or began to wait
  clock::time_point close_deadline_ = clock::time_point::max();
  std::optional<std::chrono::nanoseconds> latency_;
  std::error_code failure_;  // why the stream was dropped
  std::error_code write_error_;  // the stream takes no more; what the peer sent may still be read

  token_bucket control_frames_;
  std::unique_ptr<session_budget> budget_;  // none: the options ask for nothing that it is for

  std::shared_ptr<class mailbox> mailbox_;
  std::uint32_t next_ping_ = 0;
  std::uint8_t reads_without_wait_ = 0;
  progress reached_ = progress::wait;  // of `receiving_`
  bool is_reading_ = false;  // `read_message` runs
  bool is_writing_ = false;  // a `writer` waits
  bool is_closing_ = false;  // `close` reads to the end
  bool is_ending_ = false;  // `end_stream` runs
  bool keepalive_pending_ = false;  // a ping of ours, sent at `pinged_`, waits for a sign of life
};

}  // namespace websock::detail
