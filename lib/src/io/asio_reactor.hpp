// Asio's reactor: the epoll set of an `io_context`. Its interface has been the same from Asio 1.22 to 1.38, but it is
// Asio's own, so what uses it is here and in descriptor.cpp, hangup_set.cpp.
#pragma once

#include <asio/io_context.hpp>

// Behind io_context.hpp, which it cannot be included without.
#include <asio/detail/reactor.hpp>

#if !defined(ASIO_HAS_EPOLL)
#error "websock needs Asio's epoll reactor"
#endif

namespace websock::io {

using asio_reactor = asio::detail::reactor;

}  // namespace websock::io
