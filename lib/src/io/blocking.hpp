// Calls that block, off the threads that run coroutines.
#pragma once

#include <cstddef>
#include <functional>

#include "websock/task.hpp"

namespace websock::io {

/// So many calls run at the same time in the whole process; the others wait for their turn.
inline constexpr std::size_t most_blocking_calls = 16;

/// Runs `work`, which must not throw, on a thread of its own, and the caller again on its own one.
/// Cancelling the caller, or destroying its context, waits for nothing: work that has begun goes on
/// unheard, so it owns all that it touches, and other work never begins.
task<void> run_blocking(std::function<void()> work);

}  // namespace websock::io
