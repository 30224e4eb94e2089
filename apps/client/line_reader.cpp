#include "line_reader.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

struct line_reader::piece {
  int descriptor;
  std::array<char, 64 * 1024> bytes;
  std::size_t size = 0;
  int error = 0;

  // Somebody else may have set O_NONBLOCK on what we share with them.
  void read() {
    ssize_t count;
    while ((count = ::read(descriptor, bytes.data(), bytes.size())) < 0 &&
           (errno == EAGAIN || errno == EINTR)) {
      pollfd readable{descriptor, POLLIN, 0};
      ::poll(&readable, 1, -1);
    }
    error = count < 0 ? errno : 0;
    size = count < 0 ? 0 : static_cast<std::size_t>(count);
  }
};

line_reader::line_reader(asio::any_io_executor executor, int descriptor, std::size_t longest)
    : reading_{std::move(executor)}, piece_{std::make_shared<piece>()}, longest_{longest} {
  piece_->descriptor = descriptor;
}

websock::task<std::optional<line>> line_reader::next() {
  line read;
  bool has_begun = false;
  while (true) {
    if (rest_.empty() && !has_ended_) co_await fill();
    if (rest_.empty()) break;
    has_begun = true;
    const auto end = rest_.find('\n');
    take(read, rest_.substr(0, end));
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (end != std::string_view::npos) co_return std::move(read);
  }
  if (has_begun) co_return std::move(read);
  co_return std::nullopt;
}

websock::task<void> line_reader::fill() {
  std::function<void()> call = [here = piece_] { here->read(); };
  co_await reading_.run(std::move(call));
  rest_ = {piece_->bytes.data(), piece_->size};
  has_ended_ = rest_.empty();
  // A terminal that is gone has no more lines.
  if (piece_->error != 0 && piece_->error != EIO) {
    throw std::system_error{piece_->error, std::generic_category(), "standard input"};
  }
}

void line_reader::take(line& into, std::string_view part) const {
  if (into.too_long) return;
  if (into.text.size() + part.size() > longest_) {
    into.too_long = true;
    into.text = {};
  } else {
    into.text += part;
  }
}
