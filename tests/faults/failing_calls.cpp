#include "faults/failing_calls.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <optional>
#include <random>

#include "faults/failing_memory.hpp"

// The linker sends the calls of this program and its static libraries here (`--wrap`).
extern "C" {
int __real_accept4(int fd, sockaddr* address, socklen_t* size, int flags);
ssize_t __real_recv(int fd, void* into, std::size_t size, int flags);
ssize_t __real_send(int fd, const void* from, std::size_t size, int flags);
ssize_t __real_sendmsg(int fd, const msghdr* message, int flags);
int __real_epoll_wait(int set, epoll_event* events, int count, int timeout);
int __real_epoll_ctl(int set, int operation, int fd, epoll_event* event);
}

namespace faults {
namespace {

enum class soft : std::uint8_t { interrupted, nothing, one_octet };

struct registration {
  int set = -1;
  epoll_event event{};
};

std::mutex mutex;  // of all below
std::optional<call_plan> plan;
std::mt19937_64 chance;
std::size_t soft_failures_seen = 0;
std::size_t stream_calls = 0;
std::size_t accepts_failed = 0;
std::map<int, registration> registered;
std::atomic<std::size_t> accepts{0};
thread_local constinit bool is_test_thread = false;

std::optional<soft> choose_soft() {
  if (chance() % 100 >= plan->soft_percent) return std::nullopt;
  ++soft_failures_seen;
  return static_cast<soft>(chance() % 3);
}

// What was not taken would be reported by the system again; its edge is over for it.
void report_again(int fd) {
  const auto found = registered.find(fd);
  if (found == registered.end()) return;
  epoll_event event = found->second.event;
  __real_epoll_ctl(found->second.set, EPOLL_CTL_MOD, fd, &event);
}

/// What is to become of a call of a stream: an error, one octet only, or nothing of it.
struct verdict {
  int error = 0;
  bool one_octet = false;
};

verdict judge_stream_call(int fd) {
  if (is_test_thread) return {};
  const std::lock_guard lock{mutex};
  if (!plan) return {};
  ++stream_calls;
  const std::size_t behind = plan->hard_from + plan->hard_count;
  if (plan->hard_from != 0 && stream_calls >= plan->hard_from && stream_calls < behind) {
    return {.error = plan->hard_errors[stream_calls % plan->hard_errors.size()]};
  }
  const auto chosen = choose_soft();
  if (!chosen) return {};
  if (*chosen == soft::interrupted) return {.error = EINTR};
  if (*chosen == soft::one_octet) return {.one_octet = true};
  report_again(fd);
  return {.error = EAGAIN};
}

int judge_accept(int fd) {
  if (is_test_thread) return 0;
  const std::lock_guard lock{mutex};
  ++accepts;
  if (!plan) return 0;
  if (accepts_failed < plan->accept_errors.size()) {
    const int error = plan->accept_errors[accepts_failed++];
    if (error == EAGAIN) report_again(fd);
    return error;
  }
  const auto chosen = choose_soft();
  if (!chosen) return 0;
  if (*chosen == soft::interrupted) return EINTR;
  if (*chosen == soft::one_octet) return ECONNABORTED;
  report_again(fd);
  return EAGAIN;
}

// One octet was moved where there may be more.
ssize_t moved_one(int fd, ssize_t count) {
  const int error = errno;
  if (count > 0) {
    const std::lock_guard lock{mutex};
    report_again(fd);
  }
  errno = error;
  return count;
}

template <typename Call, typename Short>
ssize_t stream_call(int fd, Call call, Short one_octet) {
  const verdict what = judge_stream_call(fd);
  if (what.error != 0) {
    errno = what.error;
    return -1;
  }
  return what.one_octet ? moved_one(fd, one_octet()) : call();
}

}  // namespace

failing_calls::failing_calls(call_plan wanted) {
  is_test_thread = true;
  const std::lock_guard lock{mutex};
  chance.seed(wanted.seed);
  soft_failures_seen = stream_calls = accepts_failed = 0;
  plan = std::move(wanted);
}

failing_calls::~failing_calls() {
  const std::lock_guard lock{mutex};
  plan.reset();
  is_test_thread = false;
}

bool failing_calls::has_failed() const noexcept {
  const std::lock_guard lock{mutex};
  return accepts_failed != 0 || (plan->hard_from != 0 && stream_calls >= plan->hard_from);
}

std::size_t failing_calls::soft_failures() const noexcept {
  const std::lock_guard lock{mutex};
  return soft_failures_seen;
}

std::size_t failing_calls::accept_calls() noexcept { return accepts; }

}  // namespace faults

extern "C" {
int __wrap_accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
  const int error = faults::judge_accept(fd);
  if (error == 0) return __real_accept4(fd, address, size, flags);
  errno = error;
  return -1;
}

ssize_t __wrap_recv(int fd, void* into, std::size_t size, int flags) {
  return faults::stream_call(
      fd, [&] { return __real_recv(fd, into, size, flags); },
      [&] { return __real_recv(fd, into, 1, flags); });
}

ssize_t __wrap_send(int fd, const void* from, std::size_t size, int flags) {
  return faults::stream_call(
      fd, [&] { return __real_send(fd, from, size, flags); },
      [&] { return __real_send(fd, from, 1, flags); });
}

ssize_t __wrap_sendmsg(int fd, const msghdr* message, int flags) {
  return faults::stream_call(
      fd, [&] { return __real_sendmsg(fd, message, flags); },
      [&] { return __real_send(fd, message->msg_iov[0].iov_base, 1, flags); });
}

int __wrap_epoll_wait(int set, epoll_event* events, int count, int timeout) {
  if (!faults::is_test_thread && timeout != 0) {
    const std::lock_guard lock{faults::mutex};
    if (faults::plan && faults::choose_soft()) {
      errno = EINTR;
      return -1;
    }
  }
  return __real_epoll_wait(set, events, count, timeout);
}

int __wrap_epoll_ctl(int set, int operation, int fd, epoll_event* event) {
  // The set that reports input is the one to remind; there is another one for the peers' ends.
  if (event != nullptr && (event->events & EPOLLIN) != 0) {
    const faults::enough_memory plenty;
    const std::lock_guard lock{faults::mutex};
    faults::registered[fd] = {set, *event};
  }
  return __real_epoll_ctl(set, operation, fd, event);
}
}
