// Opening handshakes of a client and a server that want permessage-deflate.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>

#include "support/catch.hpp"
#include "websock/protocol/handshake.hpp"

namespace websock::protocol::test {

inline constexpr bool forgets = true;
inline constexpr bool keeps = false;
inline constexpr deflate_parameters anything{};

inline client_handshake client_that_wants(const std::optional<deflate_parameters>& wanted) {
  request_options options;
  if (wanted) options.deflate.emplace().wanted = *wanted;
  return client_handshake{http::parse_url("ws://example.com/"), options};
}

inline std::string offer_of(const std::optional<deflate_parameters>& wanted) {
  return client_that_wants(wanted).request().fields.combined("Sec-WebSocket-Extensions");
}

inline std::variant<accepted, http::response> server_that_wants(
    const std::optional<deflate_parameters>& wanted, const http::request& request) {
  accept_options options;
  if (wanted) options.deflate.emplace().wanted = *wanted;
  return accept_handshake(request, options);
}

inline http::request request_with(std::string_view offers) {
  http::request request = client_that_wants(std::nullopt).request();
  request.fields.add("Sec-WebSocket-Extensions", offers);
  return request;
}

inline accepted answer_to(std::string_view offers,
                          const std::optional<deflate_parameters>& wanted = anything) {
  return std::get<accepted>(server_that_wants(wanted, request_with(offers)));
}

// "": declined.
inline std::string answer_text(const accepted& result) {
  CHECK(result.response.fields.count("Sec-WebSocket-Extensions") <= 1);
  return result.response.fields.combined("Sec-WebSocket-Extensions");
}

inline http::response response_with(const client_handshake& client,
                                    std::initializer_list<std::string_view> lines) {
  http::response response = std::get<accepted>(accept_handshake(client.request(), {})).response;
  for (const std::string_view line : lines) response.fields.add("Sec-WebSocket-Extensions", line);
  return response;
}

inline std::error_code verdict_on(std::string_view answer,
                                  const std::optional<deflate_parameters>& wanted = anything) {
  auto client = client_that_wants(wanted);
  const std::error_code verdict = client.check(response_with(client, {answer}));
  if (verdict) CHECK_FALSE(client.deflate());
  return verdict;
}

}  // namespace websock::protocol::test
