#include "websock/session.hpp"

#include <algorithm>

#include "io/address.hpp"
#include "session_core.hpp"
#include "websock/http/url.hpp"
#include "websock/session_handle.hpp"

namespace websock {

namespace detail {

session_core::session_core(io::stream_ptr stream, protocol::role role,
                           std::shared_ptr<const session_options> options, session_request request)
    : connection_{role, options->limits},
      stream_{std::move(stream)},
      reactor_{io::reactor::of(stream_->get_executor())},
      options_{std::move(options)},
      request_{std::move(request)},
      written_{reactor_},
      changed_{reactor_},
      watchdog_{reactor_.executor(), [this](clock::time_point now) { return look(now); }},
      last_read_{reactor_.now()},
      last_message_{last_read_},
      last_write_{last_read_},
      budget_{session_budget::make(*options_)} {
  if (request_.deflate() && options_->permessage_deflate) {
    if (const auto error = connection_.enable_deflate(*request_.deflate(), *options_->permessage_deflate)) {
      throw std::system_error{error, "permessage-deflate"};
    }
  }
}

session_core::~session_core() {
  close_mailbox();
  reactor_.input().release(*this);
}

void session_core::start(bytes_view early) {
  remainder_.append(early);
  input_ = remainder_;
  watchdog_.look_at(look(last_read_));
}

}  // namespace detail

session::session(io::stream_ptr stream, protocol::role role, session_options options, session_request request,
                 bytes_view early)
    : session{std::move(stream), role, std::make_shared<const session_options>(options), std::move(request),
              early} {}

session::session(io::stream_ptr stream, protocol::role role, std::shared_ptr<const session_options> options,
                 session_request request, bytes_view early)
    : core_{std::make_shared<detail::session_core>(std::move(stream), role, std::move(options),
                                                   std::move(request))} {
  core_->start(early);
}

session::session(session&&) noexcept = default;

session& session::operator=(session&& other) noexcept {
  if (core_ != nullptr && core_ != other.core_) core_->abort();
  core_ = std::move(other.core_);
  return *this;
}

session::~session() {
  if (core_ != nullptr) core_->abort();
}

task<std::optional<message>> session::receive() {
  return task<std::optional<message>>{detail::receive_operation{*core_}};
}

task<sent> session::send(std::string_view text, compression how) {
  return task<sent>{detail::send_operation{*core_, opcode::text, as_bytes(text), false, how}};
}
task<sent> session::send(bytes_view binary, compression how) {
  return task<sent>{detail::send_operation{*core_, opcode::binary, binary, false, how}};
}
task<sent> session::send(const message& message, compression how) {
  return task<sent>{
      detail::send_operation{*core_, message.kind(), message.bytes(), message.is_validated(), how}};
}
task<sent> session::send(const prepared_message& message, compression how) {
  return task<sent>{detail::send_operation{*core_, message, how}};
}
task<message_writer> session::start_message(opcode kind, compression how) {
  return core_->start_message(kind, how);
}

task<void> session::flush() { return core_->flush(); }
task<std::chrono::nanoseconds> session::ping(std::string_view payload) { return core_->ping(payload); }
task<void> session::close(close_code code, std::string_view reason) { return core_->close(code, reason); }
void session::start_close(close_code code, std::string_view reason) { core_->start_close(code, reason); }
void session::abort() noexcept { core_->abort(); }

session_handle session::handle() const { return session_handle{core_->get_mailbox()}; }

bool session::is_open() const noexcept { return core_->is_open(); }
bool session::was_clean() const noexcept { return core_->was_clean(); }
const std::optional<close_status>& session::peer_close() const noexcept {
  return core_->connection().peer_close();
}
const std::optional<close_status>& session::local_close() const noexcept {
  return core_->connection().local_close();
}
std::size_t session::buffered() const noexcept { return core_->buffered() + core_->waiting_bytes(); }
std::uint64_t session::dropped() const noexcept { return core_->dropped(); }
std::optional<std::chrono::nanoseconds> session::latency() const noexcept { return core_->latency(); }

const http::request& session::request() const noexcept { return core_->request().head(); }
const http::response* session::response() const noexcept { return core_->request().response(); }
const io::tls_info* session::tls() const noexcept { return core_->request().tls(); }
const std::optional<protocol::deflate_parameters>& session::permessage_deflate() const noexcept {
  return core_->request().deflate();
}
std::string_view session::subprotocol() const noexcept { return core_->request().subprotocol(); }

std::string_view session::parameter(std::string_view name) const noexcept {
  return core_->request().parameter(name);
}

std::optional<std::string> session::query(std::string_view name) const {
  for (auto& [key, value] : http::parse_query(request().query())) {
    if (key == name) return std::move(value);
  }
  return std::nullopt;
}

std::string_view session::remote_address() const noexcept {
  return io::address_of(core_->request().remote_endpoint());
}
std::string_view session::remote_endpoint() const noexcept { return core_->request().remote_endpoint(); }
asio::any_io_executor session::get_executor() const noexcept { return core_->executor(); }

}  // namespace websock
