#include "websock/io/byte_stream.hpp"

#include <asio/error.hpp>

#include "io/wait.hpp"

namespace websock::io {

task<void> byte_stream::wait(direction which) { return async_wait(*this, which); }

task<std::size_t> byte_stream::read_some(mutable_bytes into) {
  while (true) {
    std::error_code error;
    const std::size_t count = try_read(into, error);
    if (!error) co_return count;
    if (!is_would_block(error)) throw std::system_error{error, "read"};
    co_await wait(direction::read);
  }
}

task<void> byte_stream::read_exactly(mutable_bytes into) {
  while (!into.empty()) {
    const std::size_t count = co_await read_some(into);
    if (count == 0) throw std::system_error{asio::error::eof, "read"};
    into = into.subspan(count);
  }
}

task<void> byte_stream::write(bytes_view bytes) {
  while (!bytes.empty()) {
    std::error_code error;
    const std::size_t count = try_write({&bytes, 1}, error);
    if (error && !is_would_block(error)) throw std::system_error{error, "write"};
    bytes = bytes.subspan(count);
    if (!bytes.empty()) co_await wait(direction::write);
  }
}

task<void> byte_stream::write(std::string_view text) { return write(as_bytes(text)); }

}  // namespace websock::io
