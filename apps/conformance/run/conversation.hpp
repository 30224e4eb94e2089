// One connection with the subject, after the opening handshake: octets out, events in.
#pragma once

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "run/case_run.hpp"
#include "run/compression.hpp"
#include "run/frame_reader.hpp"
#include "run/negotiation.hpp"
#include "run/wire_log.hpp"
#include "websock/io/byte_stream.hpp"
#include "websock/io/notifier.hpp"
#include "websock/io/task_group.hpp"
#include "websock/io/watchdog.hpp"

namespace conformance {

/// A coroutine of the script writes and waits; another one reads all the time, answers what the protocol
/// wants answered, and gathers what came. One thread.
class conversation : private frame_sink {
 public:
  using clock = websock::io::watchdog::clock;

  conversation(websock::io::stream_ptr stream, const test_case& script, bool is_server, std::uint64_t seed);
  ~conversation() override;

  // --- Octets out ------------------------------------------------------------------------------------
  // Each does nothing once the connection is over. A write that the subject does not take within
  // `patience` ends it.

  /// Frames, messages and our Close frame are gathered, so that they leave in one write; one that is chopped,
  /// or is to be `sync`, leaves by itself.
  websock::task<void> send(const frame_step& wanted);
  websock::task<void> send(const message_step& wanted);
  void gather_close(std::optional<std::uint16_t> code, std::string_view reason);
  websock::task<void> flush();

  /// Behind what was gathered.
  websock::task<void> write(std::string octets, std::uint64_t chop = 0, duration pause = {});

  /// Sends the message and waits for it to come back, as often as it says. The text says what went wrong.
  websock::task<std::string> echo(const echo_step& wanted);

  // --- Reading ---------------------------------------------------------------------------------------

  /// Reads and answers until the connection is over.
  void start_reading();
  /// Octets that came behind the handshake.
  void feed(std::string_view octets);
  void set_reading(bool on);
  /// Drops the connection at that time, whatever is under way.
  void set_limit(clock::time_point when);

  /// Waits until `holds()` or the time has passed; true: it holds.
  template <typename Predicate>
  websock::task<bool> until(Predicate holds, clock::time_point deadline) {
    set_deadline(deadline);
    while (!holds() && clock::now() < deadline) co_await changed_.wait();
    // Where this thread was busy with other cases, what came in time may not have been read yet.
    for (int turn = 0; turn < 2 && !holds(); ++turn) co_await asio::post(asio::use_awaitable);
    co_return holds();
  }

  // --- The end ---------------------------------------------------------------------------------------

  void shutdown_send();
  /// Drops the connection, and waits until the reader has seen it.
  websock::task<void> drop(bool reset);
  websock::task<void> join();

  // --- What came, and what we did --------------------------------------------------------------------

  void use(const agreed_deflate& agreed);
  [[nodiscard]] bool is_server() const noexcept { return is_server_; }
  [[nodiscard]] bool compresses() const noexcept { return deflate_.has_value(); }

  struct facts {
    std::vector<event> received;
    std::string violation;  ///< what the subject did against the protocol
    bool peer_closed = false;  ///< its Close frame came
    std::optional<std::uint16_t> peer_code;
    std::optional<std::string> peer_reason;
    bool close_sent = false;
    bool closed_by_me = false;  ///< ours went before its Close frame came
    std::optional<std::uint16_t> local_code;
    std::optional<std::string> local_reason;
    bool failed_by_me = false;
    bool dropped_by_me = false;
    bool script_dropped = false;  ///< as the script wants it
    bool is_over = false;  ///< nothing comes any more
    bool was_reset = false;
    bool is_stuck = false;  ///< the subject did not take our octets, or the case took too long
    conformance::traffic traffic;
  };
  [[nodiscard]] const facts& seen() const noexcept { return facts_; }
  facts& note() noexcept { return facts_; }
  wire_log& log() noexcept { return log_; }
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
  websock::io::byte_stream& stream() noexcept { return *stream_; }

 private:
  void on_frame(const websock::protocol::frame_head& head, std::string_view payload) override;
  void on_message(bool binary, bool compressed, std::string&& payload) override;
  void on_control(websock::opcode kind, std::string_view payload) override;
  void on_violation(websock::errc why) override;

  websock::task<void> read();
  websock::task<void> read_octets();
  websock::task<void> leave(std::string octets, std::uint64_t chop, bool sync);
  websock::task<void> write_now(std::string octets, std::uint64_t chop, duration pause);
  websock::task<void> write_pieces(std::string octets, std::uint64_t chop, duration pause);
  [[nodiscard]] std::uint32_t fresh_key();
  void add_frame(std::string& octets, websock::protocol::frame_head head, std::string_view payload,
                 std::uint64_t chop);
  void gather_control(websock::opcode kind, std::string_view payload);
  void answer_close(std::string_view payload);
  void note_close(std::string_view payload);
  void fail(const std::string& why, std::uint16_t code);
  void add_event(event_kind what, bool binary, std::string content);
  bool take_echo(bool binary, const std::string& content);
  std::string compress(std::string_view payload);
  std::string frames_of(const message_step& message, std::string_view payload, bool compressed);
  [[nodiscard]] std::string next_compressed(const echo_step& wanted, std::uint64_t number,
                                            std::string_view payload);
  [[nodiscard]] const deflate_direction& own_direction() const noexcept;
  void set_deadline(clock::time_point when);
  clock::time_point look(clock::time_point now);
  void end(bool was_reset);

  websock::io::stream_ptr stream_;
  const test_case& script_;
  bool is_server_;
  bool answers_close_;
  bool records_pings_;
  std::uint64_t seed_;
  std::mt19937 keys_;
  frame_reader reader_;
  wire_log log_;
  facts facts_;
  websock::io::notifier changed_;
  websock::io::notifier written_;
  websock::io::notifier resumed_;
  std::string outbox_;  // what was gathered
  bool writing_ = false;
  bool reading_ = true;
  clock::time_point deadline_ = websock::io::watchdog::never;
  clock::time_point write_deadline_ = websock::io::watchdog::never;
  clock::time_point limit_ = websock::io::watchdog::never;

  std::optional<agreed_deflate> deflate_;
  std::optional<message_deflater> deflater_;
  std::optional<message_inflater> inflater_;

  // The echo that is waited for.
  const std::string* echo_ = nullptr;
  bool echo_binary_ = false;
  std::string echo_problem_;

  std::vector<std::byte> buffer_;
  websock::io::watchdog alarm_;
  websock::io::task_group tasks_;
};

}  // namespace conformance
