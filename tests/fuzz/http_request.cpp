// What a client sends to a server before it is a WebSocket: requests one behind the other, with bodies, and the
// opening handshake. The first octet of the input says what the server agrees to, the second how what follows is
// split; the rest is the stream.
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include "fuzz/input.hpp"
#include "fuzz/require.hpp"
#include "websock/http/head_parser.hpp"
#include "websock/protocol/handshake.hpp"

using namespace websock;
using namespace websock::test;

namespace {

constexpr http::limits small{.head_bytes = 1024, .head_fields = 12, .body_bytes = 300};

protocol::accept_options options_of(std::uint8_t setup) {
  protocol::accept_options options;
  if ((setup & 1U) != 0) options.subprotocols = {"chat.v2", "chat.v1"};
  if ((setup & 2U) != 0) options.origins = {"https://example.com", "http://localhost:8080"};
  if ((setup & 4U) != 0) options.origins = {"*"};
  if ((setup & 8U) != 0) options.deflate.emplace();
  return options;
}

// What is written of a head is read as the same head.
void check_round_trip(const http::request& request) {
  const std::string text = http::serialize_head(request);
  http::request_parser parser{{.head_bytes = 2 * small.head_bytes, .head_fields = small.head_fields}};
  bytes_view input = as_bytes(text);
  require(!parser.parse(input));
  require(input.empty() && parser.head_done());
  require(http::serialize_head(parser.request()) == text);
}

std::string answer(const http::request& request, const protocol::accept_options& options) {
  const auto outcome = protocol::accept_handshake(request, options);
  if (const auto* const refusal = std::get_if<http::response>(&outcome)) {
    const auto code = static_cast<int>(refusal->status);
    require(code == 400 || code == 403 || code == 405 || code == 426 || code == 505);
    return http::serialize_head(*refusal) + refusal->body;
  }
  const auto& result = std::get<protocol::accepted>(outcome);
  require(protocol::is_websocket_upgrade(request) && request.method == "GET" && request.body.empty());
  require(result.response.fields.find("Sec-WebSocket-Accept") ==
          protocol::accept_value(*request.fields.find("Sec-WebSocket-Key")));
  require(result.subprotocol == result.response.fields.find("Sec-WebSocket-Protocol").value_or(""));
  return http::serialize_head(result.response);
}

// All that a server sees of the stream.
class reader {
 public:
  explicit reader(std::uint8_t setup) : options_{options_of(setup)} {}

  void feed(bytes_view input) {
    while (!error_ && !input.empty() && !upgraded_) {
      error_ = parser_.parse(input);
      require(parser_.request().body.size() <= small.body_bytes);
      if (error_ || !parser_.is_done()) break;
      take();
    }
    require(error_ || upgraded_ || input.empty());
    if (upgraded_) frames_ += as_text(input);
  }

  std::vector<std::string> seen() const {
    std::vector<std::string> all = seen_;
    // Of two mistakes between the chunks of a body the split decides which is seen first.
    all.push_back(!error_ ? "taken" : parser_.head_done() ? "body refused" : error_.message());
    all.push_back(frames_);
    if (parser_.head_done()) all.push_back(http::serialize_head(parser_.request()));
    return all;
  }

 private:
  void take() {
    upgraded_ = parser_.is_upgrade();
    seen_.push_back(parser_.keep_alive() ? "kept" : "closed");
    const http::request request = parser_.take();
    require(!parser_.head_done() && !parser_.started());
    check_round_trip(request);
    seen_.push_back(http::serialize_head(request) + request.body);
    seen_.push_back(answer(request, options_));
  }

  protocol::accept_options options_;
  http::request_parser parser_{small};
  std::vector<std::string> seen_;
  std::string frames_;
  std::error_code error_;
  bool upgraded_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz_input input{data, size};
  const std::uint8_t setup = input.octet();
  splitter pieces{input.octet()};
  const bytes_view stream = input.all_bytes();
  reader whole{setup};
  whole.feed(stream);
  reader split{setup};
  for (bytes_view rest = stream; !rest.empty();) {
    // A copy of its own, so that a sanitizer sees who keeps a view of it.
    const std::string piece{as_text(pieces.next(rest))};
    split.feed(as_bytes(piece));
  }
  require(whole.seen() == split.seen());
  return 0;
}
