#include "server/live_tls.hpp"

#include <sys/stat.h>

#include "server/log.hpp"
#include "websock/io/endpoint.hpp"
#include "websock/io/timer.hpp"

namespace websock {

live_tls::live_tls(const listener_config& config) : options_{config.tls} {
  if (!options_) return;
  read_ = seen_ = look_at(*options_);  // before they are read: what changes meanwhile is noticed
  try {
    context_.emplace(*options_);
  } catch (const std::system_error& error) {
    const io::endpoint where{config.address, config.port, {}};
    throw config_error{"listener " + where.to_string() + ": " + error.what()};
  }
}

std::optional<io::tls_context> live_tls::current() const {
  const std::lock_guard lock{mutex_};
  return context_;
}

void live_tls::adopt(const live_tls& next) {
  const std::scoped_lock lock{mutex_, next.mutex_};
  options_ = next.options_;
  read_ = next.read_;
  seen_ = next.seen_;
  context_ = next.context_;
}

void live_tls::refresh() {
  const std::lock_guard lock{mutex_};
  if (!options_) return;
  stamps now = look_at(*options_);
  const bool is_settled = now == seen_;
  seen_ = std::move(now);
  if (!is_settled || seen_ == read_) return;
  read_ = seen_;
  try {
    io::tls_context fresh{*options_};
    context_ = std::move(fresh);
    log::info({options_->identities.front().certificate_file, ": has changed and is in use now"});
  } catch (const std::exception& error) {
    log::error({"the certificates that were read before stay: ", error.what()});
  }
}

// A file that is not there has the stamp of zeros.
live_tls::stamps live_tls::look_at(const io::tls_server_options& options) {
  stamps all;
  const auto add = [&all](const std::string& file) {
    struct stat found{};
    if (file.empty() || ::stat(file.c_str(), &found) != 0) found = {};
    all[file] = {static_cast<std::int64_t>(found.st_ino), found.st_size, found.st_mtim.tv_sec,
                 found.st_mtim.tv_nsec, found.st_ctim.tv_nsec};
  };
  add(options.client_ca_file);
  for (const io::tls_key_pair& pair : options.identities) {
    add(pair.certificate_file);
    add(pair.key_file);
  }
  return all;
}

task<void> keep_fresh(std::weak_ptr<live_tls> certificates) {
  constexpr duration interval{1000};
  while (true) {
    co_await io::sleep_for(interval);
    const auto held = certificates.lock();
    if (held == nullptr) co_return;
    held->refresh();
  }
}

}  // namespace websock
