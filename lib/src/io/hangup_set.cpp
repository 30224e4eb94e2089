#include "io/hangup_set.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <new>

#include "io/descriptor.hpp"

namespace websock::io {

// It waits for ever, does its work in Asio's attempts, and so is no work that keeps `run` from ending.
hangup_set::hangup_set(asio_reactor& reactor)
    : reactor_op{{},
                 [](reactor_op* self) {
                   static_cast<hangup_set*>(self)->tell();
                   return not_done;
                 },
                 [](void*, asio::detail::operation*, const std::error_code&, std::size_t) {}},
      set_{::epoll_create1(EPOLL_CLOEXEC)} {
  if (set_ < 0) throw std::system_error{errno, std::generic_category(), "epoll_create1"};
  int error = ENOMEM;
  try {
    error = reactor.register_internal_descriptor(asio_reactor::read_op, set_, data_, this);
  } catch (const std::bad_alloc&) {  // told below
  }
  if (error == 0) return;
  ::close(set_);
  throw std::system_error{error, std::generic_category(), "epoll_ctl"};
}

hangup_set::~hangup_set() { ::close(set_); }

std::error_code hangup_set::add(descriptor& source) noexcept {
  epoll_event registration{};
  registration.events = EPOLLRDHUP | static_cast<std::uint32_t>(EPOLLET);
  registration.data.ptr = &source;
  if (::epoll_ctl(set_, EPOLL_CTL_ADD, source.fd(), &registration) == 0) return {};
  return {errno, std::generic_category()};
}

// Nobody's code runs in here, so no descriptor of the batch goes away.
void hangup_set::tell() noexcept {
  std::array<epoll_event, 64> batch;  // NOLINT: filled below
  int count = 0;
  do {
    count = ::epoll_wait(set_, batch.data(), static_cast<int>(batch.size()), 0);
    for (int i = 0; i < count; ++i)
      static_cast<descriptor*>(batch[static_cast<std::size_t>(i)].data.ptr)->hung_up();
  } while (count == static_cast<int>(batch.size()));
}

}  // namespace websock::io
