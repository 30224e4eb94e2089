#include "io/reactor.hpp"

#include <unistd.h>

#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/query.hpp>
#include <cerrno>
#include <exception>
#include <system_error>

namespace websock::io {

asio::execution_context::id reactor::id;

reactor::reactor(asio::execution_context& context)
    : asio::execution_context::service{context},
      executor_{static_cast<asio::io_context&>(context).get_executor()},
      set_{executor_} {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw std::system_error{errno, std::generic_category(), "epoll_create1"};
  set_.assign(set);
}

reactor::~reactor() = default;

reactor& reactor::of(const asio::any_io_executor& executor) {
  asio::execution_context& context = asio::query(executor, asio::execution::context);
  return asio::use_service<reactor>(static_cast<asio::io_context&>(context));
}

void reactor::shutdown() noexcept {
  shut_down_ = true;
  std::error_code ignored;
  set_.close(ignored);
  parked_.destroy_all();
}

void reactor::add(descriptor& source, std::uint32_t events) {
  epoll_event registration{};
  registration.events = events;
  registration.data.ptr = &source;
  if (::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, source.fd(), &registration) != 0) {
    throw std::system_error{errno, std::generic_category(), "epoll_ctl"};
  }
}

void reactor::modify(descriptor& source, std::uint32_t events) {
  epoll_event registration{};
  registration.events = events;
  registration.data.ptr = &source;
  if (::epoll_ctl(set_.native_handle(), EPOLL_CTL_MOD, source.fd(), &registration) != 0) {
    throw std::system_error{errno, std::generic_category(), "epoll_ctl"};
  }
}

// Closing a descriptor takes it out of the set, but the batch under way may still name it.
void reactor::forget(descriptor& source) noexcept {
  for (int i = 0; i < batch_size_; ++i) {
    if (batch_[static_cast<std::size_t>(i)].data.ptr == &source)
      batch_[static_cast<std::size_t>(i)].data.ptr = nullptr;
  }
}

void reactor::wait_started() {
  ++waits_;
  if (!dispatching_) arm();
}

void reactor::wait_ended() noexcept {
  --waits_;
  if (waits_ == 0 && armed_ && !dispatching_ && !shut_down_) {
    std::error_code ignored;
    set_.cancel(ignored);
  }
}

void reactor::arm() {
  if (armed_ || shut_down_) return;
  armed_ = true;
  set_.async_wait(asio::posix::stream_descriptor::wait_read, [this](std::error_code error) {
    armed_ = false;
    if (!error) dispatch();
    if (waits_ != 0) arm();
  });
}

void reactor::dispatch() {
  std::exception_ptr thrown;  // by a handler; what the other events say must not be lost with it
  dispatching_ = true;
  do {
    batch_size_ = ::epoll_wait(set_.native_handle(), batch_.data(), static_cast<int>(batch_.size()), 0);
    now_ = std::chrono::steady_clock::now();
    for (int i = 0; i < batch_size_; ++i) {
      try {
        handle(batch_[static_cast<std::size_t>(i)]);
      } catch (...) {
        if (!thrown) thrown = std::current_exception();
      }
      run_turn_end();
    }
  } while (batch_size_ == static_cast<int>(batch_.size()));
  batch_size_ = 0;
  dispatching_ = false;
  if (thrown) std::rethrow_exception(thrown);
}

void reactor::handle(epoll_event& event) {
  // A coroutine that is resumed may close descriptors of the batch, this one too: `forget`.
  const auto source = [&event] { return static_cast<descriptor*>(event.data.ptr); };
  if (source() == nullptr) return;
  const bool ended = (event.events & (EPOLLHUP | EPOLLERR)) != 0;
  if (ended || (event.events & EPOLLRDHUP) != 0) source()->hung_up_ = true;
  if (ended || (event.events & (EPOLLIN | EPOLLRDHUP)) != 0) source()->complete(direction::read);
  if (source() != nullptr && (ended || (event.events & EPOLLOUT) != 0)) source()->complete(direction::write);
}

void reactor::at_turn_end(turn_end_hook& hook) {
  turn_end_.push(hook);
  if (dispatching_ || turn_end_posted_) return;
  turn_end_posted_ = true;
  asio::post(executor_, [this] {
    turn_end_posted_ = false;
    run_turn_end();
  });
}

void reactor::run_turn_end() { turn_end_.run(); }

void reactor::post(completion done, std::error_code error) {
  asio::post(executor_, [this, done = std::move(done), error]() mutable { done.complete(executor_, error); });
}

descriptor::descriptor(reactor& reactor, int fd, trigger how) noexcept
    : reactor_{reactor}, fd_{fd}, trigger_{how} {
  sides_[index(direction::write)].ready = true;  // a new socket has room
}

descriptor::~descriptor() { close(); }

void descriptor::start_wait(direction which, completion done) {
  side& one = sides_[index(which)];
  if (one.waiting || !is_open()) {
    reactor_.post(std::move(done), is_open() ? asio::error::already_started : asio::error::operation_aborted);
    return;
  }
  reactor_.parked().park(one.waiting, std::move(done));
  reactor_.wait_started();
  try {
    watch(which);
  } catch (const std::system_error& error) {
    end_wait(which, error.code());
    return;
  }
  if (one.ready) end_wait(which, {});
}

// Reading is watched from the first wait on; writing from the first time that it would block.
void descriptor::watch(direction which) {
  const std::uint32_t mode =
      trigger_ == trigger::edge ? static_cast<std::uint32_t>(EPOLLET) | EPOLLRDHUP : 0U;
  const std::uint32_t wanted = events_ | mode | EPOLLIN | (which == direction::write ? EPOLLOUT : 0U);
  if (wanted == events_) return;
  if (is_registered_) {
    reactor_.modify(*this, wanted);
  } else {
    reactor_.add(*this, wanted);
  }
  is_registered_ = true;
  events_ = wanted;
}

void descriptor::complete(direction which) {
  side& one = sides_[index(which)];
  one.ready = trigger_ == trigger::edge;
  if (one.waiting) {
    completion done = one.waiting.take();
    reactor_.wait_ended();
    done.complete(reactor_.executor_, {});
  } else if (trigger_ == trigger::level) {  // nobody to take it: do not report it again and again
    events_ = 0;
    reactor_.modify(*this, events_);
  }
}

void descriptor::end_wait(direction which, std::error_code error) {
  completion done = sides_[index(which)].waiting.take();
  reactor_.wait_ended();
  reactor_.post(std::move(done), error);
}

void descriptor::cancel_wait(direction which) noexcept {
  if (sides_[index(which)].waiting) end_wait(which, asio::error::operation_aborted);
}

void descriptor::close() noexcept {
  if (!is_open()) return;
  reactor_.forget(*this);
  ::close(std::exchange(fd_, -1));
  cancel_wait(direction::read);
  cancel_wait(direction::write);
}

}  // namespace websock::io
