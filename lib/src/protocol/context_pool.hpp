// Compression contexts, shared by the connections of a thread: making one costs more than most messages.
#pragma once

#include <memory>

#include "deflate_codec.hpp"

namespace websock::protocol {

/// Forgets the context's window and gives it to the current thread, which keeps one of each settings
/// until it ends.
struct give_back {
  void operator()(deflater* context) const noexcept;
  void operator()(inflater* context) const noexcept;
};

/// A context that belongs to its holder until it is given back; that may be on another thread.
using leased_deflater = std::unique_ptr<deflater, give_back>;
using leased_inflater = std::unique_ptr<inflater, give_back>;

/// The current thread's, or a new one when it is in use. Its window is empty. Throws `std::bad_alloc`.
leased_deflater lease(const deflater::settings& wanted);
leased_inflater lease(const inflater::settings& wanted);

}  // namespace websock::protocol
