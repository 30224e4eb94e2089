#include "client/answer.hpp"

#include <chrono>
#include <string_view>
#include <system_error>

#include "websock/core/units.hpp"
#include "websock/io/watchdog.hpp"

namespace websock {
namespace {

constexpr duration body_time = std::chrono::seconds{2};
constexpr std::size_t body_bytes = 64 * 1024;
constexpr std::size_t answer_octets = 4 * body_bytes;  // head and body, with the framing of chunks

http::limits answer_limits() noexcept {
  http::limits limits;
  limits.body_bytes = body_bytes;
  return limits;
}

constexpr std::string_view head_end = "\r\n\r\n";

// How much of `head_end` stands at the end of what has come.
std::size_t match_head_end(std::size_t matched, char octet) noexcept {
  if (octet == head_end[matched]) return (matched + 1) % head_end.size();
  return octet == '\r' ? 1 : 0;
}

}  // namespace

answer_reader::answer_reader(io::byte_stream& stream) : stream_{stream}, parser_{answer_limits()} {}

task<void> answer_reader::read_head() {
  while (!parser_.head_done()) co_await parse_more(buffer_.size());
}

// As much of the empty line at its end as is still to come, a head has left at the least: so much is
// read at a time.
task<void> answer_reader::read_head_exactly() {
  std::size_t matched = 0;
  while (!parser_.head_done()) {
    const bytes_view octets = co_await parse_more(head_end.size() - matched);
    for (const char octet : as_text(octets)) matched = match_head_end(matched, octet);
  }
}

task<void> answer_reader::read_body() {
  io::watchdog deadline{stream_.get_executor(), [this](auto) {
                          stream_.close();
                          return io::watchdog::never;
                        }};
  deadline.look_at(io::watchdog::clock::now() + body_time);
  try {
    while (needs_more_body()) co_await parse_more(buffer_.size());
  } catch (const std::system_error&) {  // then that was all of it
  }
}

// The octets that it has parsed: what had been left, or `most` new ones.
task<bytes_view> answer_reader::parse_more(std::size_t most) {
  if (unread_.empty()) {
    const mutable_bytes into = mutable_bytes{buffer_}.first(most);
    const std::size_t count = co_await stream_.read_some(into);
    unread_ = bytes_view{buffer_}.first(count);
    octets_ += count;
  }
  const bytes_view before = unread_;
  const std::error_code error = unread_.empty() ? parser_.end_of_input() : parser_.parse(unread_);
  if (error && !parser_.head_done()) throw std::system_error{error};
  is_broken_ = bool{error};
  co_return before.first(before.size() - unread_.size());
}

bool answer_reader::needs_more_body() const noexcept {
  return !is_broken_ && !parser_.is_done() && !parser_.body_full() && octets_ < answer_octets;
}

}  // namespace websock
