#include "websock/http/head.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <system_error>

#include "target.hpp"
#include "websock/core/error.hpp"
#include "websock/http/syntax.hpp"

namespace websock::http {
namespace {

std::size_t text_size(const fields& lines) {
  constexpr std::size_t separators = 4;  // ": " and CRLF
  std::size_t size = 2;
  for (std::size_t index = 0; index < lines.size(); ++index) {
    const auto [name, value] = lines[index];
    size += name.size() + value.size() + separators;
  }
  return size;
}

// `fields` lets nothing in that would break a line, so there is nothing to check here.
void append(std::string& head, const fields& lines) {
  for (std::size_t index = 0; index < lines.size(); ++index) {
    const auto [name, value] = lines[index];
    head.append(name).append(": ").append(value).append("\r\n");
  }
  head += "\r\n";
}

}  // namespace

std::string_view request::path() const noexcept { return split_target(method, target).path; }

std::string_view request::query() const noexcept { return split_target(method, target).query; }

std::string_view request::host() const noexcept {
  // RFC 9112 section 3.2.2: "When an origin server receives a request with an absolute-form of
  // request-target, the origin server MUST ignore the received Host header field (if any) and
  // instead use the host information of the request-target."
  const std::string_view authority = split_target(method, target).authority;
  return authority.empty() ? fields.find("Host").value_or("") : authority;
}

std::string serialize_head(const request& head) {
  if (!is_token(head.method) || !is_target_text(head.target)) {
    throw std::system_error{errc::field_invalid, "a request's method or target"};
  }
  std::string text;
  text.reserve(head.method.size() + head.target.size() + 16 + text_size(head.fields));
  text.append(head.method).append(" ").append(head.target);
  text.append(head.version_minor == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
  append(text, head.fields);
  return text;
}

std::string serialize_head(const response& head) {
  const std::string_view phrase = reason_phrase(head.status);
  std::string text;
  text.reserve(phrase.size() + 16 + text_size(head.fields));
  // RFC 9112 section 4: "A server MUST send the space that separates the status-code from the
  // reason-phrase even when the reason-phrase is absent".
  text.append("HTTP/1.1 ").append(std::to_string(static_cast<unsigned>(head.status))).append(" ");
  text.append(phrase).append("\r\n");
  append(text, head.fields);
  return text;
}

std::string format_date(std::int64_t seconds) {
  static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_seconds time{std::chrono::seconds{seconds}};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::array<char, 64> text{};
  const int size =
      std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                    days[std::chrono::weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                    months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace websock::http
