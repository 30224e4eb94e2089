// Messages on standard output.
#pragma once

#include <asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <system_error>

#include "background.hpp"
#include "websock/protocol/message.hpp"
#include "websock/task.hpp"

/// What a message looks like where it goes.
struct message_style {
  bool escaped = false;  ///< a terminal: the peer must not control it
  bool marked = false;   ///< somebody types there too: "< " before what comes
};

/// One message with its newline.
std::string format(const websock::message& received, message_style style);

class output {
 public:
  output(asio::any_io_executor executor, int descriptor, message_style style);

  /// Completes when it is written. A failure is kept in `error`; nothing is written after one.
  websock::task<void> show(const websock::message& received);
  [[nodiscard]] std::error_code error() const noexcept;
  /// Waits no more for whoever should take it.
  void abandon() noexcept;

 private:
  struct text;

  background writing_;
  std::shared_ptr<text> text_;
  message_style style_;
  bool is_abandoned_ = false;
};
