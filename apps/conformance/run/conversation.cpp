#include "run/conversation.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <cstring>
#include <utility>

#include "websock/core/bytes.hpp"
#include "websock/io/timer.hpp"
#include "websock/protocol/close_code.hpp"
#include "websock/protocol/utf8.hpp"

namespace conformance {

using websock::as_bytes;
using websock::opcode;
using websock::task;
using websock::protocol::frame_head;

namespace {

constexpr std::size_t read_size = 128 * 1024;
constexpr unsigned fair_share = 8;  // reads in a row
constexpr duration patience = std::chrono::seconds{30};  // for the subject to take a write
constexpr std::uint16_t protocol_error = 1002;
constexpr std::uint16_t invalid_payload = 1007;

// Whether one of the steps of that type is such, inside of loops too.
template <typename Step, typename Predicate>
bool has_step(const std::vector<script_step>& steps, Predicate is_such) {
  return std::ranges::any_of(steps, [is_such](const script_step& one) {
    if (const auto* loop = std::get_if<repeat_step>(&one)) return has_step<Step>(loop->steps, is_such);
    const auto* step = std::get_if<Step>(&one);
    return step != nullptr && is_such(*step);
  });
}

bool wants_pings(const test_case& script) {
  const auto is_ping = [](const expected_event& one) { return one.what == event_kind::ping; };
  const auto in_list = [&](const expected_list& list) { return std::ranges::any_of(list.events, is_ping); };
  return std::ranges::any_of(script.expected, in_list) ||
         has_step<expect_step>(script.steps, [&](const expect_step& step) { return is_ping(step.what); });
}

bool wants_no_answer(const test_case& script) {
  return has_step<expect_close_step>(script.steps,
                                     [](const expect_close_step& step) { return !step.answer; });
}

std::string close_payload(std::optional<std::uint16_t> code, std::string_view reason) {
  std::string payload;
  if (code) payload.assign({static_cast<char>(*code >> 8), static_cast<char>(*code & 0xFF)});
  return payload.append(reason);
}

std::optional<std::uint16_t> read_code(std::string_view payload) {
  if (payload.size() < 2) return std::nullopt;
  const auto high = static_cast<unsigned char>(payload[0]);
  const auto low = static_cast<unsigned char>(payload[1]);
  return static_cast<std::uint16_t>(high << 8 | low);
}

}  // namespace

conversation::conversation(websock::io::stream_ptr stream, const test_case& script, bool is_server,
                           std::uint64_t seed)
    : stream_{std::move(stream)},
      script_{script},
      is_server_{is_server},
      answers_close_{!wants_no_answer(script)},
      records_pings_{wants_pings(script)},
      seed_{seed},
      keys_{static_cast<std::uint32_t>(seed ^ seed >> 32)},
      reader_{is_server ? websock::protocol::role::server : websock::protocol::role::client, *this},
      changed_{stream_->get_executor()},
      written_{stream_->get_executor()},
      resumed_{stream_->get_executor()},
      buffer_(read_size),
      alarm_{stream_->get_executor(), [this](clock::time_point now) { return look(now); }},
      tasks_{stream_->get_executor()} {}

conversation::~conversation() = default;

void conversation::use(const agreed_deflate& agreed) {
  deflate_ = agreed;
  reader_.allow_compression();
  inflater_.emplace(is_server_ ? agreed.from_client : agreed.from_server);
}

const deflate_direction& conversation::own_direction() const noexcept {
  return is_server_ ? deflate_->from_server : deflate_->from_client;
}

// --- Time ------------------------------------------------------------------------------------------------

void conversation::set_deadline(clock::time_point when) {
  deadline_ = when;
  alarm_.look_at(when);
}

void conversation::set_limit(clock::time_point when) {
  limit_ = when;
  alarm_.look_at(when);
}

conversation::clock::time_point conversation::look(clock::time_point now) {
  if (now >= limit_) {
    limit_ = websock::io::watchdog::never;
    facts_.is_stuck = facts_.dropped_by_me = true;
    stream_->close();
    changed_.notify_all();
  }
  if (now >= write_deadline_) {
    write_deadline_ = websock::io::watchdog::never;
    stream_->cancel_wait(websock::io::direction::write);
  }
  if (now >= deadline_) {
    deadline_ = websock::io::watchdog::never;
    changed_.notify_all();
  }
  return std::min({deadline_, write_deadline_, limit_});
}

// --- Octets out ------------------------------------------------------------------------------------------

task<void> conversation::flush() {
  std::string gathered = std::exchange(outbox_, {});
  if (!gathered.empty()) co_await write_now(std::move(gathered), 0, duration::zero());
}

task<void> conversation::write(std::string octets, std::uint64_t chop, duration pause) {
  co_await flush();
  co_await write_now(std::move(octets), chop, pause);
}

task<void> conversation::write_now(std::string octets, std::uint64_t chop, duration pause) {
  while (writing_) co_await written_.wait();
  if (facts_.is_over || facts_.is_stuck) co_return;
  writing_ = true;
  try {
    co_await write_pieces(std::move(octets), chop, pause);
  } catch (const std::system_error&) {
    // Either nobody is there any more, which the reader sees, or the subject takes no more.
    facts_.is_stuck = stream_->is_open() && write_deadline_ == websock::io::watchdog::never;
  }
  write_deadline_ = websock::io::watchdog::never;
  writing_ = false;
  written_.notify_one();
}

task<void> conversation::write_pieces(std::string octets, std::uint64_t chop, duration pause) {
  const std::size_t piece = chop == 0 ? octets.size() : chop;
  for (std::size_t at = 0; at < octets.size(); at += piece) {
    const std::string_view part = std::string_view{octets}.substr(at, piece);
    if (facts_.is_over) co_return;
    if (at != 0 && pause > duration::zero()) co_await websock::io::sleep_for(pause);
    log_.octets_sent(part);
    write_deadline_ = clock::now() + patience;
    alarm_.look_at(write_deadline_);
    co_await stream_->write(part);
  }
}

std::uint32_t conversation::fresh_key() { return static_cast<std::uint32_t>(keys_()); }

void conversation::add_frame(std::string& octets, frame_head head, std::string_view payload,
                             std::uint64_t chop) {
  log_.frame_sent(head, payload, chop);
  const std::size_t before = octets.size();
  octets.resize(before + websock::protocol::largest_head);
  auto* const begin = reinterpret_cast<std::byte*>(octets.data() + before);
  octets.resize(before + websock::protocol::encode_head(head, begin));
  const std::size_t payload_at = octets.size();
  octets.append(payload);
  if (!head.masked) return;
  const std::span<char> sent{octets.data() + payload_at, payload.size()};
  websock::protocol::apply_mask(std::as_writable_bytes(sent), head.key);
}

void conversation::gather_control(opcode kind, std::string_view payload) {
  frame_head head;
  head.kind = kind;
  head.length = payload.size();
  head.masked = !is_server_;
  head.key = head.masked ? fresh_key() : 0;
  add_frame(outbox_, head, payload, 0);
}

void conversation::gather_close(std::optional<std::uint16_t> code, std::string_view reason) {
  if (facts_.is_over) return;
  const std::string payload = close_payload(code, reason);
  note_close(payload);
  gather_control(opcode::connection_close, payload);
}

void conversation::note_close(std::string_view payload) {
  facts_.closed_by_me = facts_.closed_by_me || (!facts_.close_sent && !facts_.peer_closed);
  facts_.close_sent = true;
  facts_.local_code = read_code(payload);
  if (facts_.local_code) facts_.local_reason = payload.substr(2);
}

// --- What came -------------------------------------------------------------------------------------------

void conversation::start_reading() { tasks_.spawn(read()); }

void conversation::feed(std::string_view octets) {
  if (octets.empty()) return;
  log_.octets_received(octets);
  reader_.feed(octets);
  changed_.notify_all();
}

void conversation::set_reading(bool on) {
  reading_ = on;
  if (on) resumed_.notify_all();
}

task<void> conversation::read() {
  bool was_reset = false;
  try {
    co_await read_octets();
  } catch (const std::system_error& error) {
    was_reset = error.code() == std::errc::connection_reset || error.code() == std::errc::broken_pipe;
  }
  end(was_reset);
}

task<void> conversation::read_octets() {
  for (unsigned reads = 1;; ++reads) {
    while (!reading_) co_await resumed_.wait();
    // The other cases of this thread have their deadlines, too.
    if (reads % fair_share == 0) co_await asio::post(asio::use_awaitable);
    const std::size_t count = co_await stream_->read_some(buffer_);
    if (count == 0) co_return;
    feed(websock::as_text(websock::bytes_view{buffer_}.first(count)));
  }
}

void conversation::end(bool was_reset) {
  facts_.is_over = true;
  facts_.was_reset = was_reset && !facts_.dropped_by_me;
  if (!facts_.dropped_by_me) log_.note(wire_entry::kind::dropped_by_peer);
  changed_.notify_all();
}

void conversation::on_frame(const frame_head& head, std::string_view payload) {
  log_.frame_received(head, payload);
  if (!is_control(head.kind)) facts_.traffic.wire_received += payload.size();
}

void conversation::on_message(bool binary, bool compressed, std::string&& payload) {
  std::string content = std::move(payload);
  if (compressed) {
    auto inflated = inflater_->inflate(std::move(content));
    if (!inflated)
      return fail("a message is no DEFLATE, or refers to what is not in the window", invalid_payload);
    content = std::move(*inflated);
    if (!binary && !websock::protocol::is_utf8(as_bytes(content)))
      return fail("text is not UTF-8", invalid_payload);
  }
  ++facts_.traffic.messages_received;
  facts_.traffic.plain_received += content.size();
  if (!take_echo(binary, content)) add_event(event_kind::message, binary, std::move(content));
}

void conversation::on_control(opcode kind, std::string_view payload) {
  if (kind == opcode::pong && script_.ignores_pongs) return;
  if (kind == opcode::pong) return add_event(event_kind::pong, true, std::string{payload});
  if (kind == opcode::connection_close) return answer_close(payload);
  if (records_pings_) add_event(event_kind::ping, true, std::string{payload});
  gather_control(opcode::pong, payload);
  tasks_.spawn(flush());
}

// Section 5.5.1: "If an endpoint receives a Close frame and did not previously send a Close frame, the
// endpoint MUST send a Close frame in response."
void conversation::answer_close(std::string_view payload) {
  facts_.peer_closed = true;
  facts_.peer_code = read_code(payload);
  if (facts_.peer_code) facts_.peer_reason = payload.substr(2);
  if (facts_.close_sent || !answers_close_) return;
  gather_close(facts_.peer_code, "");
  tasks_.spawn(flush());
}

void conversation::on_violation(websock::errc why) {
  if (why == websock::errc::closed)
    return fail("data or a Close frame behind its Close frame", protocol_error);
  const std::uint16_t code = why == websock::errc::invalid_utf8 ? invalid_payload : protocol_error;
  fail(make_error_code(why).message(), code);
}

void conversation::fail(const std::string& why, std::uint16_t code) {
  if (!facts_.violation.empty()) return;
  facts_.violation = why;
  facts_.failed_by_me = true;
  if (facts_.close_sent) return;
  gather_close(code, "");
  tasks_.spawn(flush());
}

void conversation::add_event(event_kind what, bool binary, std::string content) {
  const std::uint64_t size = content.size();
  facts_.received.push_back({what, binary, std::move(content), size});
}

// --- The end ---------------------------------------------------------------------------------------------

void conversation::shutdown_send() { stream_->shutdown_send(); }

task<void> conversation::drop(bool reset) {
  if (!facts_.is_over) {
    facts_.dropped_by_me = true;
    log_.note(wire_entry::kind::dropped_by_me);
  }
  if (reset) stream_->reset();
  stream_->close();
  co_await join();
}

task<void> conversation::join() {
  resumed_.notify_all();
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace conformance
