// A message for many receivers, compressed once for all of them.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "websock/core/bytes.hpp"
#include "websock/protocol/message.hpp"
#include "websock/protocol/opcode.hpp"

namespace websock {

/// A handle of a text or binary message that is sent to many. The first connection that compresses it
/// does so for all that agreed on the same window bits, level and memory level. Copies share
/// one message; they may be used, made and dropped on any thread.
///
/// It is compressed with an empty window, whatever was agreed on: every peer can read that. A connection that
/// takes its context over begins its next message of its own with an empty window then.
class prepared_message {
 public:
  /// Throws `std::system_error{errc::argument_invalid}` for text that is not UTF-8.
  explicit prepared_message(std::string_view text) : prepared_message{message{text}} {}
  explicit prepared_message(bytes_view binary) : prepared_message{message{binary}} {}
  /// Takes the payload over.
  explicit prepared_message(message content);

  [[nodiscard]] opcode kind() const noexcept;
  /// The payload, which lives as long as any copy of the handle.
  [[nodiscard]] bytes_view bytes() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return bytes().size(); }

  /// How often it was compressed so far, each time for another agreement.
  [[nodiscard]] std::size_t times_compressed() const noexcept;

 private:
  friend class protocol::connection;
  class forms;

  std::shared_ptr<forms> forms_;
};

}  // namespace websock
