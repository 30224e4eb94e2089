// What a session keeps only when its options ask for more than the usual limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <variant>

#include "websock/core/rate.hpp"
#include "websock/protocol/compression.hpp"
#include "websock/protocol/message.hpp"
#include "websock/protocol/prepared_message.hpp"
#include "websock/session_options.hpp"

namespace websock::detail {

/// A message that was accepted and has no frame yet, so it may still be dropped: once it went through a compression
/// context that is taken over, the peer would miss it there.
struct waiting_message {
  std::variant<message, prepared_message> content;
  compression how;

  /// What it takes, so that many empty ones are not free.
  [[nodiscard]] std::size_t size() const noexcept {
    return sizeof *this + std::visit([](const auto& one) { return one.size(); }, content);
  }
};

/// Behind one pointer, so that sessions without such limits do not pay for them.
struct session_budget {
  token_bucket messages;  // that were received

  std::list<waiting_message> waiting;  // the oldest first
  std::size_t waiting_bytes = 0;
  std::list<std::uint64_t> framed;  // where in all of the output the messages end that are not written
  std::uint64_t written = 0;  // of all of the output
  std::uint64_t dropped = 0;

  /// None: nothing of it is asked for.
  static std::unique_ptr<session_budget> make(const session_options& options) {
    const bool is_wanted = options.rates.messages || options.outgoing.policy != overflow::block ||
                           options.outgoing.messages != protocol::unlimited;
    return is_wanted ? std::make_unique<session_budget>() : nullptr;
  }

  void push(waiting_message added) {
    waiting_bytes += added.size();
    waiting.push_back(std::move(added));
  }
  void pop() noexcept {
    waiting_bytes -= waiting.front().size();
    waiting.pop_front();
  }
  void forget_output() noexcept {
    waiting.clear();
    waiting_bytes = 0;
    framed.clear();
  }
};

}  // namespace websock::detail
