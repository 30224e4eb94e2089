#include "head_collector.hpp"

#include <algorithm>
#include <utility>

#include "websock/core/error.hpp"
#include "websock/http/syntax.hpp"

namespace websock::http {

std::error_code head_collector::collect(bytes_view& input, std::size_t limit) {
  const std::string_view fresh = as_text(input.first(std::min(input.size(), limit - size_)));
  std::size_t end = 0;
  const found result = scan(fresh, end);
  if (result == found::error) return errc::http_malformed;
  size_ += end;
  if (result == found::end && kept_.empty()) {
    head_ = fresh.substr(0, end);
  } else {
    kept_.append(as_bytes(fresh.substr(0, end)));
    if (result == found::end) head_ = as_text(kept_);
  }
  if (head_.starts_with("\r\n")) head_.remove_prefix(2);
  input = input.subspan(end);
  return is_done() || size_ < limit ? std::error_code{} : errc::http_head_too_large;
}

// From one LF to the next; `end` is behind the last byte that belongs to the head.
head_collector::found head_collector::scan(std::string_view fresh, std::size_t& end) noexcept {
  while (!begun_ && end < fresh.size()) {
    if (!take_before_head(fresh[end])) return found::error;
    if (!begun_) ++end;
  }
  while (end < fresh.size()) {
    const std::size_t feed = fresh.find('\n', end);
    const std::size_t stop = std::min(feed, fresh.size());
    if (stop > end && !is_line_part(fresh.substr(end, stop - end))) return found::error;
    end = stop;
    if (feed == std::string_view::npos) break;
    ++end;
    if (const found result = end_line(); result != found::nothing) return result;
  }
  return found::nothing;
}

// What stands before a LF or the end of the input; a CR may only be the last of a line.
bool head_collector::is_line_part(std::string_view part) noexcept {
  // RFC 9112 section 5.2: "A server that receives an obs-fold in a request message ... MUST either
  // reject the message by sending a 400 (Bad Request)" or take it for blanks.
  if (line_size_ == 0 && (part.front() == ' ' || part.front() == '\t')) return false;
  // Section 2.2: "A recipient of such a bare CR MUST consider that element to be invalid".
  if (previous_ == '\r' || part.find('\r') < part.size() - 1) return false;
  line_size_ += part.size();
  previous_ = part.back();
  return true;
}

// A peer that speaks something else (TLS, say) is told at its first byte, not at the limit.
bool head_collector::take_before_head(char character) noexcept {
  const char before = std::exchange(previous_, character);
  if (before == '\r') return character == '\n';
  if (character != '\r') return begun_ = is_token_character(character);
  // RFC 9112 section 2.2: "a server that is expecting to receive and parse a request-line SHOULD
  // ignore at least one empty line (CRLF) received prior to the request-line."
  return !std::exchange(skipped_line_, true);
}

// At a LF.
head_collector::found head_collector::end_line() noexcept {
  if (previous_ != '\r') return found::error;
  const bool empty_line = line_size_ == 1;
  previous_ = '\n';
  line_size_ = 0;
  return empty_line ? found::end : found::nothing;
}

}  // namespace websock::http
