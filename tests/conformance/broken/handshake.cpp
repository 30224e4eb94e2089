#include "handshake.hpp"

#include <array>
#include <string>
#include <utility>
#include <variant>

#include "websock/core/error.hpp"
#include "websock/http/head_parser.hpp"
#include "websock/protocol/handshake.hpp"

namespace broken {
namespace {

namespace http = websock::http;
namespace protocol = websock::protocol;
using websock::bytes_view;
using websock::io::byte_stream;

// Feeds the parser to the end of the head. Returns what came behind; an error for what is no head, and for a stream that
// ends before.
template <typename Parser>
websock::task<std::error_code> read_head(byte_stream& stream, Parser& parser,
                                         std::vector<std::byte>& behind) {
  std::array<std::byte, 16 * 1024> room;
  while (!parser.head_done()) {
    const std::size_t count = co_await stream.read_some(room);
    if (count == 0) co_return make_error_code(websock::errc::connection_lost);
    bytes_view input{room.data(), count};
    if (const std::error_code error = parser.parse(input)) co_return error;
    behind.assign(input.begin(), input.end());
  }
  co_return std::error_code{};
}

http::response refusal_of(const std::error_code& error) {
  http::response response;
  response.status = error == websock::errc::http_head_too_large
                        ? http::status::request_header_fields_too_large
                    : error == websock::errc::http_body_too_large ? http::status::content_too_large
                                                                  : http::status::bad_request;
  return response;
}

std::string refuse(http::response response) {
  response.fields.set("Connection", "close");
  response.fields.set("Content-Length", std::to_string(response.body.size()));
  return serialize_head(response) + response.body;
}

std::variant<protocol::accepted, http::response> judge(http::request request, fault broken) {
  if (broken == fault::accepts_any_version) request.fields.set("Sec-WebSocket-Version", "13");
  protocol::accept_options options;
  options.origins = {"*"};
  options.deflate.emplace();
  auto answer = protocol::accept_handshake(request, options);
  if (auto* const accepted = std::get_if<protocol::accepted>(&answer)) {
    if (broken == fault::answers_200) accepted->response.status = http::status::ok;
    if (broken == fault::answers_wrong_key) {
      accepted->response.fields.set("Sec-WebSocket-Accept", protocol::accept_value("another"));
    }
  }
  return answer;
}

// True: opened.
bool check(protocol::client_handshake& handshake, http::response response, fault broken) {
  if (broken == fault::takes_any_status) response.status = http::status::switching_protocols;
  if (broken == fault::takes_any_key) {
    const auto key = handshake.request().fields.find("Sec-WebSocket-Key").value_or("");
    response.fields.set("Sec-WebSocket-Accept", protocol::accept_value(key));
  }
  return !handshake.check(response);
}

}  // namespace

websock::task<std::optional<opened>> accept(byte_stream& stream, fault broken) {
  http::request_parser parser{http::limits{}};
  opened result;
  const std::error_code error = co_await read_head(stream, parser, result.behind);
  if (error == websock::errc::connection_lost) co_return std::nullopt;
  auto answer = error ? refusal_of(error) : judge(parser.take(), broken);
  if (auto* const refused = std::get_if<http::response>(&answer)) {
    const std::string octets = refuse(std::move(*refused));
    co_await stream.write(octets);
    co_return std::nullopt;
  }
  const auto& accepted = std::get<protocol::accepted>(answer);
  const std::string octets = serialize_head(accepted.response);
  co_await stream.write(octets);
  result.deflate = accepted.deflate;
  co_return result;
}

websock::task<std::optional<opened>> open(byte_stream& stream, const http::url& url, fault broken) {
  protocol::request_options options;
  options.deflate.emplace();
  protocol::client_handshake handshake{url, options};
  const std::string octets = serialize_head(handshake.request());
  co_await stream.write(octets);
  http::response_parser parser{http::limits{}};
  opened result;
  const std::error_code error = co_await read_head(stream, parser, result.behind);
  if (error || !check(handshake, parser.take(), broken)) co_return std::nullopt;
  result.deflate = handshake.deflate();
  co_return result;
}

}  // namespace broken
