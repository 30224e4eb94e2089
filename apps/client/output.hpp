// Messages on standard output.
#pragma once

#include <asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <system_error>

#include "background.hpp"
#include "websock/io/notifier.hpp"
#include "websock/protocol/message.hpp"
#include "websock/task.hpp"

/// What a message looks like where it goes.
struct message_style {
  bool escaped = false;  ///< a terminal: the peer must not control it
  bool marked = false;   ///< somebody types there too: "< " before what comes
};

/// One message with its newline.
std::string format(const websock::message& received, message_style style);

/// Messages are gathered while a write is under way, and go out together.
class output {
 public:
  output(asio::any_io_executor executor, int descriptor, message_style style);

  /// Writes what is shown; ends with the first failure, which `error` has, and after `abandon`.
  websock::task<void> run();
  /// Completes when there is room for more. Nothing is shown any more after a failure.
  websock::task<void> show(const websock::message& received);
  /// Completes when all is written that ever will be.
  websock::task<void> flush();
  /// Waits no more for whoever should take it.
  void abandon() noexcept;
  [[nodiscard]] std::error_code error() const noexcept;

 private:
  struct text;

  [[nodiscard]] bool has_ended() const noexcept { return is_abandoned_ || error(); }

  background writing_;
  std::shared_ptr<text> text_;  // under way
  std::string gathered_;        // behind that
  websock::io::notifier changed_;
  message_style style_;
  bool is_writing_ = false;
  bool is_abandoned_ = false;
};
