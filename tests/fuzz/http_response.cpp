// What a server answers to a client's opening handshake. The first octet of the input says what the client asked
// for, the second how what follows is split; the rest is the stream, in which an Accept field of "right" is
// understood as the one that belongs to the request.
#include <optional>
#include <string>
#include <system_error>

#include "fuzz/input.hpp"
#include "fuzz/require.hpp"
#include "websock/core/error.hpp"
#include "websock/http/head_parser.hpp"
#include "websock/protocol/handshake.hpp"

using namespace websock;
using namespace websock::test;

namespace {

constexpr http::limits small{.head_bytes = 1024, .head_fields = 12, .body_bytes = 300};

protocol::client_handshake client_of(std::uint8_t setup) {
  protocol::request_options options;
  if ((setup & 1U) != 0) options.subprotocols = {"chat.v2", "chat.v1"};
  if ((setup & 2U) != 0) options.deflate.emplace();
  return {http::parse_url("ws://user:password@example.com/chat?x=1"), options};
}

// All that a client sees of the stream.
struct outcome {
  std::string head;
  std::string body;
  std::string frames;
  std::error_code error;

  bool operator==(const outcome&) const = default;
};

class reader {
 public:
  void feed(bytes_view input) {
    if (!error_) error_ = parser_.parse(input);
    require(!error_ || !parser_.is_done());
    require(error_ || parser_.is_done() || input.empty());
    if (!error_) frames_ += as_text(input);
  }

  outcome end() {
    if (!error_) error_ = parser_.end_of_input();
    require(error_ || parser_.is_done());
    if (!parser_.head_done()) return {{}, {}, frames_, error_};
    response_ = parser_.take();
    require(response_->body.size() <= small.body_bytes);
    // Of two mistakes between the chunks of a body the split decides which is seen first.
    if (error_) error_ = errc::http_malformed;
    return {http::serialize_head(*response_), error_ ? "" : response_->body, frames_, error_};
  }

  [[nodiscard]] const std::optional<http::response>& response() const noexcept { return response_; }

 private:
  http::response_parser parser_{small};
  std::optional<http::response> response_;
  std::string frames_;
  std::error_code error_;
};

// What is written of a head is read as the same head.
void check_round_trip(const http::response& response) {
  const std::string text = http::serialize_head(response);
  http::response_parser parser{{.head_bytes = 2 * small.head_bytes, .head_fields = small.head_fields}};
  bytes_view input = as_bytes(text);
  require(!parser.parse(input));
  require(input.empty() && parser.head_done());
  require(http::serialize_head(parser.response()) == text);
}

void check_handshake(http::response response, std::uint8_t setup) {
  protocol::client_handshake client = client_of(setup);
  if (response.fields.find("Sec-WebSocket-Accept") == "right") {
    const auto key = *client.request().fields.find("Sec-WebSocket-Key");
    response.fields.set("Sec-WebSocket-Accept", protocol::accept_value(key));
  }
  if (client.check(response)) {
    require(client.subprotocol().empty() && !client.deflate());
    return;
  }
  require(response.status == http::status::switching_protocols);
  require(client.subprotocol().empty() || (setup & 1U) != 0);
  require(!client.deflate() || ((setup & 2U) != 0 && is_valid(*client.deflate())));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz_input input{data, size};
  const std::uint8_t setup = input.octet();
  splitter pieces{input.octet()};
  const bytes_view stream = input.all_bytes();
  reader whole;
  whole.feed(stream);
  reader split;
  for (bytes_view rest = stream; !rest.empty();) {
    // A copy of its own, so that a sanitizer sees who keeps a view of it.
    const std::string piece{as_text(pieces.next(rest))};
    split.feed(as_bytes(piece));
  }
  require(whole.end() == split.end());
  if (!whole.response()) return 0;
  check_round_trip(*whole.response());
  check_handshake(*whole.response(), setup);
  return 0;
}
