#include "io/tls_stream.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <asio/error.hpp>
#include <utility>

#include "io/address.hpp"
#include "io/tls_context.hpp"
#include "io/tls_error.hpp"
#include "io/tls_facts.hpp"
#include "websock/core/error.hpp"

namespace websock::io {
namespace {

// So many whole records fit a block of memory that the thread keeps for reuse.
constexpr std::size_t encrypt_at_once = 3 * SSL3_RT_MAX_PLAIN_LENGTH;
constexpr std::size_t records_block = 64 * 1024;
constexpr std::size_t write_at_once = 1024 * 1024;  // then others of the thread have their turn
constexpr int fair_share = 4;  // pieces of input in a row without a byte for the reader

std::error_code would_block() noexcept { return std::make_error_code(std::errc::operation_would_block); }

}  // namespace

tls_stream::tls_stream(stream_ptr inner, tls_context context, const std::string& host)
    : inner_{std::move(inner)},
      context_{std::move(context)},
      reactor_{reactor::of(inner_->get_executor())},
      ssl_{SSL_new(context_.state_->context.get())},
      host_{host} {
  if (ssl_ == nullptr) throw std::bad_alloc{};
  BIO* const bio = make_bio(wire_).release();
  SSL_set_bio(ssl_.get(), bio, bio);
  if (context_.state_->is_server) {
    SSL_set_accept_state(ssl_.get());
  } else {
    SSL_set_connect_state(ssl_.get());
    expect(host);
  }
}

// Whom the client asks for, and whose certificate it takes. RFC 6066 section 3: "Literal IPv4 and
// IPv6 addresses are not permitted in "HostName"", nor is a dot at its end.
void tls_stream::expect(const std::string& host) {
  const std::string name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
  if (is_ip_literal(name)) {
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), name.c_str()) == 1) return;
    throw std::system_error{errc::argument_invalid, "\"" + host + "\" is no address that TLS can check"};
  }
  SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (SSL_set1_host(ssl_.get(), name.c_str()) != 1 ||
      SSL_set_tlsext_host_name(ssl_.get(), name.c_str()) != 1) {
    throw std::system_error{errc::argument_invalid, "\"" + host + "\" is no host that TLS can ask for"};
  }
}

// --- Handshake -----------------------------------------------------------------------------------

task<void> tls_stream::handshake() {
  while (!advance()) {
    co_await write_records();
    co_await read_records();
  }
  is_ready_ = true;
  host_ = {};
  // A client's last words are what the server waits for. A server's are tickets, which nobody does.
  if (!context_.state_->is_server) co_await write_records();
  flush();
}

// As far as it goes without waiting. True: done.
bool tls_stream::advance() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  const int outcome = SSL_get_error(ssl_.get(), result);
  keep_rest();
  if (result != 1 && outcome != SSL_ERROR_WANT_READ) fail_handshake();
  return result == 1;
}

// The peer learns by an alert what kind of failure it was.
void tls_stream::fail_handshake() {
  const std::string why = verification_text(ssl_.get());
  const std::error_code error = take_tls_error(ssl_.get());
  flush();
  std::string text = host_.empty() ? "TLS handshake" : "TLS handshake with " + host_;
  if (!why.empty()) text += ": " + why;
  throw std::system_error{error, text};
}

task<void> tls_stream::write_records() {
  while (!wire_.output.empty()) {
    const std::error_code error = flush();
    if (error && !is_would_block(error)) throw std::system_error{error, "TLS handshake"};
    if (!wire_.output.empty()) co_await inner_->wait(direction::write);
  }
}

task<void> tls_stream::read_records() {
  while (true) {
    std::error_code error;
    if (refill(error)) {
      keep_rest();
      co_return;
    }
    if (!is_would_block(error)) throw std::system_error{error, "TLS handshake"};
    co_await inner_->wait(direction::read);
  }
}

// --- Reading -------------------------------------------------------------------------------------

std::size_t tls_stream::try_read(mutable_bytes into, std::error_code& error) noexcept {
  error.clear();
  if (!inner_->is_open()) error = asio::error::operation_aborted;
  if (failure_) error = failure_;
  std::size_t count = 0;
  for (int i = 0; i < fair_share && !error; ++i) {
    count = read_plain(into, error);
    if (count != 0 || error || SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) break;
    if (!refill(error)) break;
    if (i == fair_share - 1) error = would_block();
  }
  keep_rest();
  // What TLS owes the peer by itself: an alert, a new key.
  if (!wire_.output.empty()) flush();
  return count;
}

// Decrypts what there is. Nothing without an error: there is not enough of it for a record, or the peer
// has said that it sends no more.
std::size_t tls_stream::read_plain(mutable_bytes into, std::error_code& error) noexcept {
  std::size_t total = 0;
  while (total < into.size()) {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data() + total, into.size() - total, &count);
    total += count;
    if (result == 1) continue;
    const int outcome = SSL_get_error(ssl_.get(), result);
    if (outcome != SSL_ERROR_WANT_READ && outcome != SSL_ERROR_ZERO_RETURN) {
      failure_ = take_tls_error(ssl_.get());
      if (total == 0) error = failure_;
    }
    break;
  }
  return total;
}

// True: there is more for OpenSSL to read, or the end of the inner stream.
bool tls_stream::refill(std::error_code& error) noexcept {
  const mutable_bytes scratch = reactor_.scratch();
  const std::size_t count = inner_->try_read(scratch, error);
  if (error) return false;
  wire_.input = scratch.first(count);
  wire_.ended = count == 0;
  return true;
}

// The scratch memory is somebody else's in a moment.
void tls_stream::keep_rest() noexcept {
  if (wire_.input.empty()) {
    wire_.rest.release();
    return;
  }
  if (wire_.input.data() >= wire_.rest.data() && wire_.input.data() < wire_.rest.data() + wire_.rest.size())
    return;
  try {
    wire_.rest.clear();
    wire_.rest.append(wire_.input);
    wire_.input = wire_.rest;
  } catch (const std::bad_alloc&) {
    wire_.input = {};
    failure_ = std::make_error_code(std::errc::not_enough_memory);
  }
}

// --- Writing -------------------------------------------------------------------------------------

std::size_t tls_stream::try_write(std::span<const bytes_view> buffers, std::error_code& error) noexcept {
  error.clear();
  if (!inner_->is_open()) {
    error = asio::error::operation_aborted;
    return 0;
  }
  error = flush();
  while (!error && written_ < write_at_once) {
    encrypted_ = encrypt(buffers, written_, error);
    if (encrypted_ == 0) break;
    if (!error) error = flush();
  }
  if (written_ != 0) error.clear();
  return std::exchange(written_, 0);
}

std::size_t tls_stream::encrypt(std::span<const bytes_view> buffers, std::size_t skip,
                                std::error_code& error) noexcept {
  std::size_t total = 0;
  for (bytes_view buffer : buffers) {
    const std::size_t known = std::min(skip, buffer.size());
    skip -= known;
    buffer = buffer.subspan(known);
    buffer = buffer.first(std::min(buffer.size(), encrypt_at_once - total));
    if (buffer.empty()) continue;
    if (buffer.size() > SSL3_RT_MAX_PLAIN_LENGTH) wire_.output.reserve(records_block);
    ERR_clear_error();
    std::size_t count = 0;
    if (SSL_write_ex(ssl_.get(), buffer.data(), buffer.size(), &count) != 1) {
      error = take_tls_error(ssl_.get());
      break;
    }
    total += count;
  }
  return total;
}

// Writes records as far as they fit. That counts as so many bytes of the caller's as were encrypted in
// them; of a part of the records, as many in proportion.
std::error_code tls_stream::flush() noexcept {
  std::error_code error;
  if (wire_.output.empty()) return error;
  const bytes_view left = wire_.output.view().subspan(wire_.written);
  const std::size_t count = inner_->try_write({&left, 1}, error);
  const std::size_t share = encrypted_ * count / left.size();
  encrypted_ -= share;
  written_ += share;
  wire_.written += count;
  if (count == left.size()) {
    wire_.output.release();
    wire_.written = 0;
  } else if (!error) {
    error = would_block();
  }
  return error;
}

// --- The end -------------------------------------------------------------------------------------

// RFC 8446 section 6.1: "Each party MUST send a "close_notify" alert before closing its write side of
// the connection, unless it has already sent some error alert."
void tls_stream::say_goodbye() noexcept {
  if (!is_ready_ || failure_ || std::exchange(said_goodbye_, true)) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
  flush();
}

void tls_stream::shutdown_send() noexcept {
  if (!inner_->is_open()) return;
  say_goodbye();
  if (wire_.output.empty()) {
    inner_->shutdown_send();
  } else if (alive_ == nullptr) {
    finish_later();
  }
}

// The peer has no room for close_notify yet, and nobody writes any more who would wait for it.
void tls_stream::finish_later() {
  alive_ = std::make_shared<tls_stream*>(this);
  auto finish = [weak = std::weak_ptr{alive_}](std::error_code error) {
    const auto self = weak.lock();
    if (error || self == nullptr) return;
    tls_stream& stream = **self;
    stream.alive_.reset();
    const std::error_code failed = stream.flush();
    if (!failed || is_would_block(failed)) stream.shutdown_send();
  };
  inner_->start_wait(direction::write, completion{std::move(finish)});
}

void tls_stream::reset() noexcept {
  inner_->reset();
  close();
}

void tls_stream::close() noexcept {
  if (!inner_->is_open()) return;
  say_goodbye();
  inner_->close();
}

void tls_stream::start_wait(direction which, completion&& done) {
  const bool has_input = SSL_pending(ssl_.get()) != 0 || !wire_.input.empty();
  if (which == direction::read && has_input && inner_->is_open()) {
    reactor_.post(std::move(done), {});
  } else {
    inner_->start_wait(which, std::move(done));
  }
}

std::shared_ptr<const tls_info> tls_stream::tls() const {
  return std::make_shared<const tls_info>(describe(ssl_.get()));
}

// --- In one call ---------------------------------------------------------------------------------

task<stream_ptr> connect_tls(stream_ptr stream, tls_context context, std::string host) {
  auto secured = std::make_unique<tls_stream>(std::move(stream), std::move(context), host);
  co_await secured->handshake();
  co_return stream_ptr{std::move(secured)};
}

task<stream_ptr> accept_tls(stream_ptr stream, tls_context context) {
  const std::string nobody;
  auto secured = std::make_unique<tls_stream>(std::move(stream), std::move(context), nobody);
  co_await secured->handshake();
  co_return stream_ptr{std::move(secured)};
}

}  // namespace websock::io
