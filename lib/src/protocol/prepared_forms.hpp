// What the copies of a prepared message share.
#pragma once

#include <forward_list>
#include <mutex>

#include "deflate_codec.hpp"
#include "websock/protocol/prepared_message.hpp"

namespace websock {

/// The message, and its compressed payloads as they are asked for. Thread-safe.
class prepared_message::forms {
 public:
  explicit forms(message content) noexcept : content_{std::move(content)} {}

  [[nodiscard]] const message& content() const noexcept { return content_; }

  /// The payload of one frame as RFC 7692 section 7.2.1 makes it, behind an empty window; lives as long as
  /// this does.
  [[nodiscard]] bytes_view compressed(const protocol::deflater::settings& wanted);

  [[nodiscard]] std::size_t times_compressed() const noexcept;

 private:
  struct form {
    protocol::deflater::settings made_with;
    byte_buffer payload;
  };

  const message content_;
  mutable std::mutex mutex_;
  std::forward_list<form> compressed_;
};

}  // namespace websock
