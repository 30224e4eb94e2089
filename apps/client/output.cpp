#include "output.hpp"

#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string_view>
#include <utility>

#include "escape.hpp"

namespace {

constexpr std::size_t shown_octets = 32;

std::string indent_further_lines(std::string_view text) {
  std::string indented;
  for (const char each : text) {
    indented += each;
    if (each == '\n') indented += "  ";
  }
  return indented;
}

}  // namespace

struct output::text {
  int descriptor;
  std::string bytes;
  std::atomic<int> error = 0;

  // Somebody else may have set O_NONBLOCK on what we share with them.
  void write() {
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const ssize_t count = ::write(descriptor, rest.data(), rest.size());
      if (count >= 0) {
        rest.remove_prefix(static_cast<std::size_t>(count));
      } else if (errno == EAGAIN || errno == EINTR) {
        pollfd writable{descriptor, POLLOUT, 0};
        ::poll(&writable, 1, -1);
      } else {
        error = errno;
        return;
      }
    }
  }
};

std::string format(const websock::message& received, message_style style) {
  std::string shown = style.marked ? "< " : "";
  if (received.is_binary()) {
    shown += "[binary, " + std::to_string(received.size()) + (received.size() == 1 ? " byte]" : " bytes]");
    if (received.size() != 0) shown += ' ' + hexadecimal(websock::as_text(received.bytes()), shown_octets);
  } else if (style.escaped) {
    const std::string text = escape(received.text(), line_breaks::keep);
    shown += style.marked ? indent_further_lines(text) : text;
  } else {
    shown += received.text();
  }
  shown += '\n';
  return shown;
}

output::output(asio::any_io_executor executor, int descriptor, message_style style)
    : writing_{std::move(executor)}, text_{std::make_shared<text>()}, style_{style} {
  text_->descriptor = descriptor;
}

websock::task<void> output::show(const websock::message& received) {
  if (error() || is_abandoned_) co_return;
  text_->bytes = format(received, style_);
  std::function<void()> call = [here = text_] { here->write(); };
  co_await writing_.run(std::move(call));
}

void output::abandon() noexcept {
  is_abandoned_ = true;
  writing_.abandon();
}

std::error_code output::error() const noexcept { return {text_->error, std::generic_category()}; }
