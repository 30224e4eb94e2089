#include "run/request_reader.hpp"

#include <array>
#include <system_error>

#include "websock/core/error.hpp"
#include "websock/http/head_parser.hpp"

namespace conformance {
namespace {

constexpr std::string_view head_end = "\r\n\r\n";

// RFC 9112 section 2.2: "a server ... SHOULD ignore at least one empty line (CRLF) received prior to the
// request-line".
std::size_t size_of_head(std::string_view octets) noexcept {
  const std::size_t start = octets.starts_with("\r\n") ? 2 : 0;
  const std::size_t end = octets.find(head_end, start);
  return end == std::string_view::npos ? octets.size() : end + head_end.size();
}

}  // namespace

websock::task<received_request> read_request(websock::io::byte_stream& stream) {
  websock::http::request_parser parser{websock::http::limits{}};
  received_request result;
  std::array<std::byte, 4096> piece;
  while (!parser.head_done()) {
    const std::size_t count = co_await stream.read_some(piece);
    if (count == 0) throw std::system_error{websock::errc::connection_lost};
    websock::bytes_view input = websock::bytes_view{piece}.first(count);
    result.octets += websock::as_text(input);
    const std::error_code error = parser.parse(input);
    if (error && !parser.head_done()) throw std::system_error{error};
  }
  result.head = parser.take();
  const std::size_t size = size_of_head(result.octets);
  result.behind = result.octets.substr(size);
  result.octets.resize(size);
  co_return result;
}

}  // namespace conformance
