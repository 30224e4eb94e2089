#include "recorder.hpp"

namespace load {

void recorder::merge(std::size_t interval, const histogram& measured) {
  const std::lock_guard lock{mutex_};
  if (intervals_.size() < interval) intervals_.resize(interval);
  intervals_[interval - 1].merge(measured);
}

void recorder::merge_handshakes(const histogram& measured) {
  const std::lock_guard lock{mutex_};
  handshakes_.merge(measured);
}

void recorder::add(std::uint64_t& counter, std::uint64_t count, const std::string& why) {
  const std::lock_guard lock{mutex_};
  counter += count;
  if (found_.first.empty()) found_.first = why;
}

failures recorder::found() const {
  const std::lock_guard lock{mutex_};
  return found_;
}

histogram recorder::of_interval(std::size_t number) const {
  const std::lock_guard lock{mutex_};
  return number >= 1 && number <= intervals_.size() ? intervals_[number - 1] : histogram{};
}

histogram recorder::total() const {
  const std::lock_guard lock{mutex_};
  histogram all;
  for (const histogram& one : intervals_) all.merge(one);
  return all;
}

histogram recorder::handshakes() const {
  const std::lock_guard lock{mutex_};
  return handshakes_;
}

void meter::add_handshake(std::uint64_t nanoseconds, bool always) {
  if (always || recorder_.interval() != recorder::not_measuring) handshakes_.add(nanoseconds);
}

void meter::enter(std::size_t interval) {
  flush();
  interval_ = interval;
}

void meter::flush() {
  if (measured_.count() != 0) {
    recorder_.merge(interval_, measured_);
    measured_.clear();
  }
  if (handshakes_.count() != 0) {
    recorder_.merge_handshakes(handshakes_);
    handshakes_.clear();
  }
}

}  // namespace load
