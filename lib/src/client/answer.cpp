#include "client/answer.hpp"

#include <chrono>
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

}  // namespace

answer_reader::answer_reader(io::byte_stream& stream) : stream_{stream}, parser_{answer_limits()} {}

task<void> answer_reader::read_head() {
  while (!parser_.head_done()) co_await parse_more();
}

task<void> answer_reader::read_body() {
  io::watchdog deadline{stream_.get_executor(), [this](auto) {
                          stream_.close();
                          return io::watchdog::never;
                        }};
  deadline.look_at(io::watchdog::clock::now() + body_time);
  try {
    while (needs_more_body()) co_await parse_more();
  } catch (const std::system_error&) {  // then that was all of it
  }
}

task<void> answer_reader::parse_more() {
  if (unread_.empty()) {
    const std::size_t count = co_await stream_.read_some(buffer_);
    unread_ = bytes_view{buffer_}.first(count);
    octets_ += count;
  }
  const std::error_code error = unread_.empty() ? parser_.end_of_input() : parser_.parse(unread_);
  if (error && !parser_.head_done()) throw std::system_error{error};
  is_broken_ = bool{error};
}

bool answer_reader::needs_more_body() const noexcept {
  return !is_broken_ && !parser_.is_done() && !parser_.body_full() && octets_ < answer_octets;
}

}  // namespace websock
