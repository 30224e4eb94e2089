// Sec-WebSocket-Extensions, from a client to a server and from a server to a client; each line of the
// input is one of the field.
#include "protocol/extension_list.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "fuzz/require.hpp"
#include "websock/protocol/handshake.hpp"

using namespace websock::protocol;
using websock::test::require;
namespace http = websock::http;

namespace {

constexpr const char* field_name = "Sec-WebSocket-Extensions";
constexpr deflate_parameters wanted{false, true, 12, 10};

// Lines that no head can have are left out.
void add_lines(http::fields& fields, std::string_view text) {
  while (true) {
    const std::size_t end = text.find('\n');
    static_cast<void>(fields.try_add(field_name, text.substr(0, end)));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

// The list in one way to write it; nothing: it is malformed.
std::optional<std::string> written(const http::fields& fields) {
  std::string text;
  extension_list_reader list{fields};
  while (const auto name = list.next_extension()) {
    text.append(text.empty() ? "" : ",").append(*name);
    while (const auto parameter = list.next_parameter()) {
      text.append(";").append(parameter->name);
      if (parameter->value) text.append("=").append(*parameter->value);
    }
  }
  if (list.malformed()) return std::nullopt;
  return text;
}

bool is_within(const deflate_parameters& agreed) {
  return is_valid(agreed) && agreed.client_no_context_takeover && agreed.server_max_window_bits <= 12;
}

void offer(std::string_view text, bool well_formed) {
  http::request request = client_handshake{http::parse_url("ws://h/"), {}}.request();
  add_lines(request.fields, text);
  accept_options options;
  options.deflate.emplace().wanted = wanted;
  const auto outcome = accept_handshake(request, options);
  const auto* const result = std::get_if<accepted>(&outcome);
  require((result != nullptr) == well_formed);
  if (result == nullptr) return;
  require(result->response.fields.count(field_name) == (result->deflate ? 1 : 0));
  require(!result->deflate || is_within(*result->deflate));
}

void answer(std::string_view text, bool well_formed) {
  request_options options;
  options.deflate.emplace().wanted = wanted;
  client_handshake client{http::parse_url("ws://h/"), options};
  http::response response = std::get<accepted>(accept_handshake(client.request(), {})).response;
  add_lines(response.fields, text);
  if (client.check(response)) {
    require(!client.deflate());
    return;
  }
  require(well_formed);
  if (client.deflate())
    require(is_within(*client.deflate()) && client.deflate()->client_max_window_bits <= 10);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  http::fields fields;
  add_lines(fields, text);
  const auto list = written(fields);
  if (list && !list->empty()) require(written({{field_name, *list}}) == list);
  offer(text, list.has_value());
  answer(text, list.has_value());
  return 0;
}
