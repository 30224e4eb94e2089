// From a request to its response, or to an accepted handshake.
#include <algorithm>

#include "io/address.hpp"
#include "server/http_phase.hpp"
#include "server/log.hpp"
#include "server/plain_response.hpp"
#include "server/worker.hpp"
#include "websock/io/timer.hpp"

namespace websock {
namespace {

constexpr std::size_t piece_size = 64 * 1024;

// RFC 9110 section 8.6: no Content-Length in a 1xx or 204; a 304's would be that of the 200.
bool has_length(http::status status) noexcept {
  return status != http::status::no_content && status != http::status::not_modified &&
         status != http::status::switching_protocols;
}

task<http::response> call_handler(const http_handler& handler, const http_context& context) {
  try {
    task<http::response> work = handler(context);
    http::response response = co_await std::move(work);
    co_return response;
  } catch (...) {
    log::error({"handler of ", context.request.target, " for ", context.remote_address,
                " threw: ", log::current_exception_text()});
  }
  co_return plain_response(http::status::internal_server_error);
}

// What refuses: the hook's response, or one of ours when it fails.
task<std::optional<http::response>> call_hook(const upgrade_hook& hook, const http_context& context,
                                              duration limit) {
  http::status failed = http::status::internal_server_error;
  try {
    task<std::optional<http::response>> work = hook(context);
    auto refusal = co_await io::with_timeout(std::move(work), limit);
    co_return refusal;
  } catch (const std::system_error& error) {
    if (error.code() == errc::timed_out) failed = http::status::service_unavailable;
    log::error(
        {"upgrade hook of ", context.request.target, " for ", context.remote_address, ": ", error.what()});
  } catch (...) {
    log::error({"upgrade hook of ", context.request.target, " for ", context.remote_address,
                " threw: ", log::current_exception_text()});
  }
  co_return plain_response(failed);
}

void consume(std::span<bytes_view> parts, std::size_t count) noexcept {
  for (bytes_view& part : parts) {
    const std::size_t taken = std::min(count, part.size());
    part = part.subspan(taken);
    count -= taken;
  }
}

}  // namespace

task<std::unique_ptr<upgrade>> http_phase::answer(http::request& request, bool is_upgrade) {
  log::debug({remote_endpoint_, " ", request.method, " ", request.target});
  auto found = site_->find(request.path());
  if (!found) {
    http::response response = plain_response(http::status::not_found);
    co_await send(response, request);
  } else if (found->route->files) {
    file_response response = found->lacks_slash ? static_files::redirect(request)
                                                : found->route->files->serve(request, found->rest);
    co_await send_file(response, request);
  } else if (found->route->on_session && (is_upgrade || !found->route->on_request)) {
    auto upgraded = co_await open_session(*found, request);
    co_return upgraded;
  } else {
    co_await answer_by_handler(*found->route, request, found->parameters);
  }
  co_return nullptr;
}

task<void> http_phase::answer_by_handler(const site_route& route, const http::request& request,
                                         const std::vector<std::pair<std::string, std::string>>& parameters) {
  const std::string remote_address{io::address_of(remote_endpoint_)};
  const http_context context{request, parameters, remote_address, tls_.get()};
  http::response response = co_await call_handler(route.on_request, context);
  co_await send(response, request);
}

// RFC 6455 section 4.2. Everything that can refuse comes before the 101.
task<std::unique_ptr<upgrade>> http_phase::open_session(site::found& found, http::request& request) {
  keep_alive_ = false;
  auto outcome = protocol::accept_handshake(request, found.route->accept);
  auto made = std::make_unique<upgrade>();
  const std::string remote_address{io::address_of(remote_endpoint_)};
  const http_context context{request, found.parameters, remote_address, tls_.get()};
  made->request.tls = tls_;
  std::optional<http::response> refusal;
  if (auto* const invalid = std::get_if<http::response>(&outcome)) {
    refusal = std::move(*invalid);
  } else {
    refusal = take_place(*found.route, *made);
    if (!refusal) refusal = co_await ask_hooks(*found.route, context);
  }
  if (!refusal && self_.home().is_draining()) refusal = plain_response(http::status::service_unavailable);
  if (refusal) {
    co_await send(*refusal, request);
    co_return nullptr;
  }
  auto& accepted = std::get<protocol::accepted>(outcome);
  accepted.response.fields.add("Date", self_.home().date());
  const std::string head = http::serialize_head(accepted.response);
  bytes_view parts[] = {as_bytes(head)};
  co_await write(parts);

  made->home = site_;
  made->route = found.route;
  made->request.head = std::move(request);
  made->request.subprotocol = std::move(accepted.subprotocol);
  made->request.deflate = accepted.deflate;
  made->request.parameters = std::move(found.parameters);
  made->request.remote_endpoint = std::move(remote_endpoint_);
  made->early.append(unread_);
  made->stream = std::move(stream_);
  co_return made;
}

// Before the hooks, which may cost more than an answer to somebody for whom there is no room.
std::optional<http::response> http_phase::take_place(const site_route& route, upgrade& made) const {
  auto outcome = route.gate->admit(site_->config_of(route), io::address_of(remote_endpoint_));
  if (auto* const refusal = std::get_if<http::response>(&outcome)) return std::move(*refusal);
  made.place = std::move(std::get<session_gate::place>(outcome));
  return std::nullopt;
}

task<std::optional<http::response>> http_phase::ask_hooks(const site_route& route,
                                                          const http_context& context) {
  const duration limit = route.options->timeouts.handshake;
  for (const upgrade_hook& hook : route.hooks) {
    std::optional<http::response> refusal = co_await call_hook(hook, context, limit);
    if (refusal) co_return refusal;
  }
  co_return std::nullopt;
}

task<void> http_phase::send(http::response& response, const http::request& request) {
  const std::string head = head_of(response, request, response.body.size());
  bytes_view parts[] = {as_bytes(head), as_bytes(response.body)};
  if (request.method == "HEAD" || !has_length(response.status)) parts[1] = {};
  co_await write(parts);
}

task<void> http_phase::send_file(file_response& response, const http::request& request) {
  const std::string head = head_of(response.head, request, response.content_length);
  bytes_view parts[] = {as_bytes(head), as_bytes(response.head.body)};
  if (request.method == "HEAD") parts[1] = {};
  co_await write(parts);
  if (request.method == "HEAD") co_return;
  byte_buffer piece;
  while (response.file.remaining != 0) {
    piece.clear();
    std::byte* const start = piece.extend(piece_size);
    const std::size_t count = response.file.read({start, piece_size});
    // The length is promised; a file that shrank can only be told by ending the connection.
    if (count == 0) throw std::system_error{std::make_error_code(std::errc::io_error), "file"};
    bytes_view content[] = {{start, count}};
    co_await write(content);
    if (++steps_without_wait_ >= fair_share) co_await be_fair();
  }
}

// Adds the fields that are the server's. What a handler said about them is replaced.
std::string http_phase::head_of(http::response& response, const http::request& request,
                                std::uint64_t content_length) {
  if (self_.home().is_draining()) keep_alive_ = false;
  response.fields.remove("Transfer-Encoding");
  response.fields.remove("Content-Length");
  response.fields.remove("Connection");
  if (has_length(response.status)) response.fields.add("Content-Length", std::to_string(content_length));
  response.fields.set("Date", self_.home().date());
  if (!keep_alive_) {
    response.fields.add("Connection", "close");
  } else if (request.version_minor == 0) {
    response.fields.add("Connection", "keep-alive");
  }
  return http::serialize_head(response);
}

task<void> http_phase::write(std::span<bytes_view> parts) {
  while (true) {
    std::error_code error;
    consume(parts, stream_->try_write(parts, error));
    if (error && !io::is_would_block(error)) throw std::system_error{error, "write"};
    if (std::ranges::all_of(parts, &bytes_view::empty)) break;
    set_deadline(site_->config().http_idle_timeout);
    co_await stream_->wait(io::direction::write);
  }
  set_deadline(no_timeout);
}

}  // namespace websock
