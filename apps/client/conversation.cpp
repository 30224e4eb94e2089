#include "conversation.hpp"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include "websock/io/timer.hpp"
#include "websock/protocol/utf8.hpp"

using websock::errc;

namespace {

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

message_style style_of_output() {
  const bool terminal = is_terminal(STDOUT_FILENO);
  return {.escaped = terminal, .marked = terminal && is_terminal(STDIN_FILENO)};
}

std::string in_milliseconds(std::chrono::nanoseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f ms", std::chrono::duration<double, std::milli>{time}.count());
  return text;
}

}  // namespace

conversation::conversation(websock::session session, const options& wanted)
    : wanted_{wanted},
      session_{std::move(session)},
      lines_{session_.get_executor(), STDIN_FILENO, wanted.connect.session.limits.message},
      output_{session_.get_executor(), STDOUT_FILENO, style_of_output()},
      sending_{session_.get_executor()},
      is_interactive_{is_terminal(STDIN_FILENO) && !wanted.only_message} {}

websock::task<exit_code> conversation::run() {
  if (wanted_.verbose) std::fputs(describe_handshake(session_).c_str(), stderr);
  if (is_interactive_) say("connected; /help lists the commands, Ctrl-D closes");
  if (wanted_.only_message) {
    sending_.spawn(send_only_message());
  } else {
    sending_.spawn(send_lines());
  }
  std::error_code failure;
  try {
    co_await show_messages();
  } catch (const std::system_error& error) {
    failure = error.code();
  }
  sending_.cancel();
  co_await sending_.join();
  co_return conclude(failure);
}

void conversation::interrupt() {
  if (std::exchange(is_interrupted_, true)) {
    session_.abort();
    return;
  }
  sending_.cancel();
  output_.abandon();
  session_.start_close(websock::close_code::going_away);
}

// A session that has ended is the receiving side's to report.
websock::task<void> conversation::send_lines() {
  try {
    co_await send_all_lines();
  } catch (const std::system_error& error) {
    if (error.code().category() == std::generic_category() && session_.is_open()) say(error.what());
  }
  if (!is_interrupted_) session_.start_close(websock::close_code::normal_closure);
}

websock::task<void> conversation::send_all_lines() {
  while (auto read = co_await lines_.next()) {
    ++line_number_;
    const bool goes_on = co_await obey(std::move(*read));
    if (!goes_on) co_return;
  }
  co_await linger();
}

// There are servers that send nothing any more once our Close frame is there.
websock::task<void> conversation::linger() {
  using clock = std::chrono::steady_clock;
  last_news_ = clock::now();
  while (true) {
    const auto quiet = std::chrono::floor<websock::duration>(clock::now() - last_news_);
    if (quiet >= wanted_.linger) break;
    const bool forever = wanted_.linger == websock::no_timeout;
    co_await websock::io::sleep_for(forever ? wanted_.linger : wanted_.linger - quiet);
  }
}

// False: the session is to be closed, or is closed already.
websock::task<bool> conversation::obey(line read) {
  if (read.too_long) {
    complain("not sent: it is longer than " + websock::format_size(wanted_.connect.session.limits.message) +
             " (--max-message)");
    co_return true;
  }
  const any_command wanted = understand(read.text);
  if (const auto* message = std::get_if<command::send>(&wanted)) co_return co_await send(message->text);
  if (const auto* ping = std::get_if<command::ping>(&wanted)) {
    co_await measure(ping->payload);
  } else if (const auto* mistake = std::get_if<command::mistake>(&wanted)) {
    complain(mistake->text);
  } else if (const auto* close = std::get_if<command::close>(&wanted)) {
    session_.start_close(close->code, close->reason);
    co_return false;
  } else {
    std::fputs(std::string{command_list}.c_str(), stderr);
  }
  co_return true;
}

any_command conversation::understand(std::string_view text) const {
  if (wanted_.raw) return command::send{text};
  return parse_command(text);
}

websock::task<bool> conversation::send(std::string_view text) {
  const auto bytes = websock::as_bytes(text);
  if (wanted_.binary) {
    co_await session_.send(bytes);
  } else if (websock::protocol::is_utf8(bytes)) {
    co_await session_.send(text);
  } else {
    complain("not sent: it is not valid UTF-8 (--binary sends lines as they are)");
  }
  co_return true;
}

websock::task<void> conversation::measure(std::string_view payload) {
  try {
    auto ping = session_.ping(payload);
    const auto time = co_await websock::io::with_timeout(std::move(ping), wanted_.timeout);
    say("pong after " + in_milliseconds(time));
  } catch (const std::system_error& error) {
    if (error.code() != errc::timed_out) throw;
    say("no pong within " + websock::format_duration(wanted_.timeout));
  }
}

websock::task<void> conversation::send_only_message() {
  try {
    co_await send(*wanted_.only_message);
    co_await await_reply();
  } catch (const std::system_error&) {
    // The receiving side knows.
  }
}

websock::task<void> conversation::await_reply() {
  if (wanted_.timeout == websock::no_timeout) co_return;
  co_await websock::io::sleep_for(wanted_.timeout);
  if (has_reply_) co_return;
  say("no reply within " + websock::format_duration(wanted_.timeout) + " (--timeout)");
  session_.start_close(websock::close_code::normal_closure);
}

void conversation::complain(const std::string& text) const {
  say(is_interactive_ ? text : "line " + std::to_string(line_number_) + ": " + text);
}

websock::task<void> conversation::show_messages() {
  while (auto received = co_await session_.receive()) {
    co_await show(*received);
  }
}

// Who reads our output may have gone (`| head`): then there is nothing left to do but to close. With --exec
// the first message is the reply.
websock::task<void> conversation::show(const websock::message& received) {
  if (wanted_.only_message && has_reply_) co_return;
  has_reply_ = true;
  last_news_ = std::chrono::steady_clock::now();
  co_await output_.show(received);
  if ((wanted_.only_message || output_.error()) && !is_interrupted_) {
    session_.start_close(websock::close_code::normal_closure);
  }
}

exit_code conversation::conclude(const std::error_code& failure) {
  const explanation end = explain_end(failure);
  if (end.code != success || is_interactive_ || wanted_.verbose) say(end.text);
  return end.code;
}

explanation conversation::explain_end(const std::error_code& failure) const {
  const std::error_code unwritten = output_.error();
  if (unwritten && unwritten != std::errc::broken_pipe) {
    return {not_clean, "standard output: " + unwritten.message()};
  }
  if (failure) {
    return {not_clean, is_interrupted_ ? "interrupted before the server closed" : failure.message()};
  }
  explanation end = explain_close(session_);
  if (end.code == success && wanted_.only_message && !has_reply_) {
    end = {not_clean, end.text + " before a reply came"};
  }
  return end;
}
