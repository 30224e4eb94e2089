#include "io/descriptor.hpp"

#include <poll.h>
#include <unistd.h>

#include <asio/detail/reactor_op.hpp>
#include <asio/error.hpp>
#include <new>
#include <utility>

#include "io/reactor.hpp"

namespace websock::io {

/// A wait as Asio's reactor knows it: done at the first event, without any attempt to read or write.
/// Asio's own `async_wait` costs an epoll_ctl each time, its reads and writes a call that finds nothing.
/// What is said by an event while nobody waits, Asio remembers for the next wait.
class descriptor::readiness final : public asio::detail::reactor_op {
 public:
  /// `is_new`: the set reports what there is, or what comes.
  readiness(descriptor& owner, direction which, bool is_new) noexcept
      : reactor_op{{}, &perform, &complete},
        reactor_{owner.reactor_},
        owner_{&owner},
        which_{which},
        is_new_{is_new} {
    cancellation_key_ = this;
  }

  [[nodiscard]] bool is_under_way() const noexcept { return is_under_way_; }

  void start(completion&& waiter) {
    done_ = std::move(waiter);
    is_under_way_ = true;
    is_ending_ = false;
    result_.clear();
    ec_.clear();
    reactor_.underlying().start_op(type(), owner_->fd_, owner_->data_, this, false, true);
  }

  /// Ends a wait that is under way. It completes on a later turn; what ended it first counts.
  void end(std::error_code result) noexcept {
    if (std::exchange(is_ending_, true)) return;
    result_ = result;
    reactor_.underlying().cancel_ops_by_key(owner_->fd_, owner_->data_, type(), this);
  }

  /// The descriptor goes away first: this stays until its completion has run.
  static void outlive(std::unique_ptr<readiness> self) noexcept {
    if (self == nullptr || !self->is_under_way_) return;
    self->result_ = asio::error::operation_aborted;
    self.release()->owner_ = nullptr;
  }

 private:
  [[nodiscard]] int type() const noexcept {
    return which_ == direction::read ? asio_reactor::read_op : asio_reactor::write_op;
  }

  static status perform(reactor_op* base) {
    const bool is_new = std::exchange(static_cast<readiness*>(base)->is_new_, false);
    return is_new ? not_done : done_and_exhausted;
  }

  static void complete(void* scheduler, asio::detail::operation* base, const std::error_code&, std::size_t) {
    auto* self = static_cast<readiness*>(base);
    reactor& reactor = self->reactor_;
    const std::error_code error = self->error();
    self->is_under_way_ = false;
    const std::unique_ptr<readiness> ended{self->owner_ == nullptr ? self : nullptr};
    if (!ended && !error) self->owner_->sides_[index(self->which_)].ready = true;
    if (scheduler != nullptr) {
      reactor.resume(std::move(self->done_), error);  // may destroy it, where it has an owner
    } else {  // the context is destroyed
      const completion doomed{std::move(self->done_)};
    }
  }

  [[nodiscard]] std::error_code error() const noexcept {
    return ec_ && ec_ != asio::error::operation_aborted ? ec_ : result_;
  }

  reactor& reactor_;
  descriptor* owner_;
  completion done_;
  std::error_code result_;
  direction which_;
  bool is_new_;
  bool is_under_way_ = false;
  bool is_ending_ = false;
};

descriptor::descriptor(reactor& reactor, int fd, bool is_shared) noexcept
    : reactor_{reactor}, fd_{fd}, is_shared_{is_shared} {
  sides_[index(direction::write)].ready = true;  // a new socket has room
}

descriptor::~descriptor() { close(); }

void descriptor::start_wait(direction which, completion&& done) noexcept {
  side& one = sides_[index(which)];
  std::error_code error;
  if (!is_open()) {
    error = asio::error::operation_aborted;
  } else if (one.wait != nullptr && one.wait->is_under_way()) {
    error = asio::error::already_started;
  } else if (!one.ready) {
    if (one.wait == nullptr) one.wait.reset(new (std::nothrow) readiness{*this, which, will_report(which)});
    error = enter_sets();
    if (one.wait == nullptr) error = asio::error::no_memory;
    if (!error) return one.wait->start(std::move(done));
  }
  reactor_.post(std::move(done), error);
}

// Reading is registered with the descriptor, writing by its first wait, and what is registered is reported if it is
// there. Where the first wait was for writing, reading may have been reported to nobody.
bool descriptor::will_report(direction first_wait) const noexcept {
  if (data_ == nullptr || first_wait == direction::write) return true;
  pollfd now{fd_, POLLIN, 0};
  return ::poll(&now, 1, 0) == 0;
}

std::error_code descriptor::enter_sets() noexcept {
  if (wants_hangup_ && !watches_hangup_) {
    if (const auto error = reactor_.watch_hangup(*this)) return error;
    watches_hangup_ = true;
  }
  if (data_ != nullptr) return {};
  try {
    return {reactor_.underlying().register_descriptor(fd_, data_), std::generic_category()};
  } catch (const std::bad_alloc&) {
    return asio::error::no_memory;
  }
}

void descriptor::cancel_wait(direction which) noexcept {
  readiness* wait = sides_[index(which)].wait.get();
  if (wait != nullptr && wait->is_under_way()) wait->end(asio::error::operation_aborted);
}

void descriptor::hung_up() noexcept {
  is_hung_up_ = true;
  side& reading = sides_[index(direction::read)];
  reading.ready = true;
  if (reading.wait != nullptr && reading.wait->is_under_way()) reading.wait->end({});
}

void descriptor::close() noexcept {
  if (!is_open()) return;
  for (side& one : sides_) readiness::outlive(std::move(one.wait));
  // Closing takes a file out of the sets only if nobody else has it open.
  reactor_.underlying().deregister_descriptor(fd_, data_, !is_shared_);
  ::close(std::exchange(fd_, -1));
  reactor_.underlying().cleanup_descriptor_data(data_);
}

}  // namespace websock::io
