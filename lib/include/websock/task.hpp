// The coroutine type of every handler and awaitable call.
#pragma once

#include <asio/awaitable.hpp>

namespace websock {

/// A coroutine that yields T. It is Asio's own: a handler may `co_await` whatever Asio can, and
/// `asio::co_spawn` starts it. It runs nothing until it is awaited.
///
/// g++ 12 miscompiles some shapes of `co_await` (docs/design.md, "The compiler trap"): one
/// `co_await` a statement, its result named, its arguments named.
template <typename T>
using task = asio::awaitable<T>;

}  // namespace websock
