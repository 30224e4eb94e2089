// What a session keeps only when its options ask for more than the usual limits.
#pragma once

#include <memory>

#include "websock/core/rate.hpp"
#include "websock/session_options.hpp"

namespace websock::detail {

/// Behind one pointer, so that sessions without such limits do not pay for them.
struct session_budget {
  token_bucket messages;  // that were received

  /// None: nothing of it is asked for.
  static std::unique_ptr<session_budget> make(const session_options& options) {
    return options.rates.messages ? std::make_unique<session_budget>() : nullptr;
  }
};

}  // namespace websock::detail
