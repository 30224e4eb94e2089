#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include "support/catch.hpp"
#include "websock/core/error.hpp"
#include "websock/protocol/handshake.hpp"

using namespace websock::protocol;
using websock::errc;
namespace http = websock::http;

namespace {

constexpr bool forgets = true;
constexpr bool keeps = false;
constexpr deflate_parameters anything{};

client_handshake client_that_wants(const std::optional<deflate_parameters>& wanted) {
  request_options options;
  if (wanted) options.deflate.emplace().wanted = *wanted;
  return client_handshake{http::parse_url("ws://example.com/"), options};
}

std::string offer_of(const std::optional<deflate_parameters>& wanted) {
  return client_that_wants(wanted).request().fields.combined("Sec-WebSocket-Extensions");
}

std::variant<accepted, http::response> server_that_wants(const std::optional<deflate_parameters>& wanted,
                                                         const http::request& request) {
  accept_options options;
  if (wanted) options.deflate.emplace().wanted = *wanted;
  return accept_handshake(request, options);
}

http::request request_with(std::string_view offers) {
  http::request request = client_that_wants(std::nullopt).request();
  request.fields.add("Sec-WebSocket-Extensions", offers);
  return request;
}

accepted answer_to(std::string_view offers, const std::optional<deflate_parameters>& wanted = anything) {
  return std::get<accepted>(server_that_wants(wanted, request_with(offers)));
}

// "": declined.
std::string answer_text(const accepted& result) {
  CHECK(result.response.fields.count("Sec-WebSocket-Extensions") <= 1);
  return result.response.fields.combined("Sec-WebSocket-Extensions");
}

http::response response_with(const client_handshake& client, std::initializer_list<std::string_view> lines) {
  http::response response = std::get<accepted>(accept_handshake(client.request(), {})).response;
  for (const std::string_view line : lines) response.fields.add("Sec-WebSocket-Extensions", line);
  return response;
}

std::error_code verdict_on(std::string_view answer,
                           const std::optional<deflate_parameters>& wanted = anything) {
  auto client = client_that_wants(wanted);
  const std::error_code verdict = client.check(response_with(client, {answer}));
  if (verdict) CHECK_FALSE(client.deflate());
  return verdict;
}

// Every combination of parameters, with the smallest, a middle and the largest window.
std::vector<deflate_parameters> all_kinds() {
  constexpr std::uint8_t some_bits[] = {8, 11, 15};
  std::vector<deflate_parameters> all;
  for (const bool server : {keeps, forgets}) {
    for (const bool client : {keeps, forgets}) {
      for (const std::uint8_t server_bits : some_bits) {
        for (const std::uint8_t client_bits : some_bits) {
          all.push_back({server, client, server_bits, client_bits});
        }
      }
    }
  }
  return all;
}

}  // namespace

TEST_CASE("a client offers permessage-deflate as browsers do") {
  CHECK(offer_of(std::nullopt).empty());
  CHECK(offer_of(anything) == "permessage-deflate; client_max_window_bits");
}

TEST_CASE("a client offers what it wants") {
  CHECK(offer_of(deflate_parameters{keeps, keeps, 10, 15}) ==
        "permessage-deflate; server_max_window_bits=10; client_max_window_bits");
  CHECK(offer_of(deflate_parameters{keeps, keeps, 15, 9}) == "permessage-deflate; client_max_window_bits=9");
  CHECK(offer_of(deflate_parameters{forgets, forgets, 8, 8}) ==
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
        "server_max_window_bits=8; client_max_window_bits=8");
}

TEST_CASE("a server answers an offer of permessage-deflate") {
  struct vector {
    const char* section;
    const char* offer;
    deflate_parameters wanted;
    const char* answer;
    deflate_parameters agreed;
  };
  for (const auto& [section, offer, wanted, answer, agreed] : {
           // The examples of section 7.1.3.
           vector{"7.1.3", "permessage-deflate", {}, "permessage-deflate", {}},
           vector{"7.1.3",
                  "permessage-deflate; client_max_window_bits; server_max_window_bits=10",
                  {},
                  "permessage-deflate; server_max_window_bits=10",
                  {keeps, keeps, 10, 15}},
           vector{"7.1.3",
                  "permessage-deflate; client_max_window_bits; server_max_window_bits=10, "
                  "permessage-deflate; client_max_window_bits",
                  {},
                  "permessage-deflate; server_max_window_bits=10",
                  {keeps, keeps, 10, 15}},
           // What the client asks for is kept.
           vector{"7.1.1.1",
                  "permessage-deflate; server_no_context_takeover",
                  {},
                  "permessage-deflate; server_no_context_takeover",
                  {forgets, keeps, 15, 15}},
           vector{"7.1.1.2",
                  "permessage-deflate; client_no_context_takeover",
                  {},
                  "permessage-deflate; client_no_context_takeover",
                  {keeps, forgets, 15, 15}},
           vector{"7.1.2.1",
                  "permessage-deflate; server_max_window_bits=15",
                  {},
                  "permessage-deflate; server_max_window_bits=15",
                  {}},
           vector{"7.1.2.1",
                  "permessage-deflate; server_max_window_bits=8",
                  {keeps, keeps, 9, 15},
                  "permessage-deflate; server_max_window_bits=8",
                  {keeps, keeps, 8, 15}},
           vector{"7.1.2.1",
                  "permessage-deflate; server_max_window_bits=12",
                  {keeps, keeps, 9, 15},
                  "permessage-deflate; server_max_window_bits=9",
                  {keeps, keeps, 9, 15}},
           vector{"7.1.2.2",
                  "permessage-deflate; client_max_window_bits=12",
                  {},
                  "permessage-deflate; client_max_window_bits=12",
                  {keeps, keeps, 15, 12}},
           vector{"7.1.2.2", "permessage-deflate; client_max_window_bits=15", {}, "permessage-deflate", {}},
           vector{"7.1.2.2", "permessage-deflate; client_max_window_bits", {}, "permessage-deflate", {}},
           // What the server wants on top of it.
           vector{"7.1.1.1",
                  "permessage-deflate",
                  {forgets, keeps, 15, 15},
                  "permessage-deflate; server_no_context_takeover",
                  {forgets, keeps, 15, 15}},
           vector{"7.1.1.2",
                  "permessage-deflate",
                  {keeps, forgets, 15, 15},
                  "permessage-deflate; client_no_context_takeover",
                  {keeps, forgets, 15, 15}},
           vector{"7.1.2.1",
                  "permessage-deflate",
                  {keeps, keeps, 9, 15},
                  "permessage-deflate; server_max_window_bits=9",
                  {keeps, keeps, 9, 15}},
           vector{"7.1.2.2",
                  "permessage-deflate; client_max_window_bits",
                  {keeps, keeps, 15, 9},
                  "permessage-deflate; client_max_window_bits=9",
                  {keeps, keeps, 15, 9}},
           vector{"7.1.2.2",
                  "permessage-deflate; client_max_window_bits=12",
                  {keeps, keeps, 15, 9},
                  "permessage-deflate; client_max_window_bits=9",
                  {keeps, keeps, 15, 9}},
           vector{"7.1.2.2",
                  "permessage-deflate; client_max_window_bits=8",
                  {keeps, keeps, 15, 9},
                  "permessage-deflate; client_max_window_bits=8",
                  {keeps, keeps, 15, 8}},
           // A client that does not know the parameter cannot be asked.
           vector{"7.1.2.2", "permessage-deflate", {keeps, keeps, 15, 9}, "permessage-deflate", {}},
           vector{"7.1",
                  "permessage-deflate; client_max_window_bits=\"9\"; server_max_window_bits = \"1\\0\" ;"
                  "client_no_context_takeover; server_no_context_takeover",
                  {},
                  "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                  "server_max_window_bits=10; client_max_window_bits=9",
                  {forgets, forgets, 10, 9}},
       }) {
    CAPTURE(section, offer);
    const accepted result = answer_to(offer, wanted);
    CHECK(answer_text(result) == answer);
    CHECK(result.deflate == agreed);
  }
}

TEST_CASE("an offer that is not as RFC 7692 has it is declined, and the next one taken") {
  for (const char* const parameters :
       {"unknown", "unknown=1", "Server_No_Context_Takeover", "server_max_window_bit=9",  // not defined
        "server_no_context_takeover=1", "server_no_context_takeover=\"true\"",            // no value
        "client_no_context_takeover=0", "client_no_context_takeover=8", "server_max_window_bits",
        "server_max_window_bits=x",                             // not a number
        "server_no_context_takeover; server_no_context_takeover",                         // the same name
        "client_no_context_takeover; client_no_context_takeover",
        "server_max_window_bits=10; server_max_window_bits=10",
        "client_max_window_bits; client_max_window_bits", "client_max_window_bits; client_max_window_bits=10",
        "client_max_window_bits=10; server_max_window_bits=10; client_max_window_bits"}) {
    CAPTURE(parameters);
    const std::string offer = std::string{"permessage-deflate; "} + parameters;
    const accepted declined = answer_to(offer);
    CHECK(answer_text(declined).empty());
    CHECK_FALSE(declined.deflate);
    CHECK(declined.response.status == http::status::switching_protocols);
    const accepted taken = answer_to(offer + ", permessage-deflate; server_max_window_bits=9");
    CHECK(answer_text(taken) == "permessage-deflate; server_max_window_bits=9");
  }
}

TEST_CASE("deflate_bits_out_of_range_fails_handshake") {
  for (const char* const bits : {"0",
                                 "1",
                                 "7",
                                 "16",
                                 "17",
                                 "08",
                                 "010",
                                 "015",
                                 "00000000000010",
                                 "-9",
                                 "+9",
                                 "9.",
                                 "9.0",
                                 "1e1",
                                 "0x9",
                                 "0b1001",
                                 "x",
                                 "9x",
                                 "x9",
                                 "256",
                                 "264",
                                 "266",
                                 "65545",
                                 "4294967305",
                                 "4294967306",
                                 "18446744073709551625",
                                 "99999999999999999999999999999999999999",
                                 "\"7\"",
                                 "\"16\"",
                                 "\"08\""}) {
    for (const char* const name : {"server_max_window_bits", "client_max_window_bits"}) {
      CAPTURE(name, bits);
      const std::string parameter = std::string{"permessage-deflate; "} + name + "=" + bits;
      // Section 7: "the client MUST _Fail the WebSocket Connection_", and a server declines the offer.
      CHECK(verdict_on(parameter) == errc::extension_invalid);
      CHECK(verdict_on(parameter) == websock::condition::handshake_failed);
      CHECK_FALSE(answer_to(parameter).deflate);
    }
  }
  for (const char* const bits : {"8", "9", "10", "11", "12", "13", "14", "15", "\"8\"", "\"1\\5\""}) {
    for (const char* const name : {"server_max_window_bits", "client_max_window_bits"}) {
      CAPTURE(name, bits);
      const std::string parameter = std::string{"permessage-deflate; "} + name + "=" + bits;
      CHECK_FALSE(verdict_on(parameter));
      CHECK(answer_to(parameter).deflate);
    }
  }
}

TEST_CASE("offers are taken in the client's order of preference, over all lines") {
  const auto first = [](std::string_view offers) { return answer_text(answer_to(offers)); };
  CHECK(
      first("permessage-deflate; client_max_window_bits=9, permessage-deflate; server_max_window_bits=10") ==
      "permessage-deflate; client_max_window_bits=9");
  CHECK(first("x-other; a=1, permessage-deflate, permessage-deflate; server_max_window_bits=10") ==
        "permessage-deflate");
  CHECK(first("x-other, permessage-bzip2, x-webkit-deflate-frame").empty());
  CHECK(first("Permessage-Deflate, permessage-deflate2").empty());
  http::request request = request_with("x-other");
  request.fields.add("Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=7, ");
  request.fields.add("Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=12");
  request.fields.add("Sec-WebSocket-Extensions", "permessage-deflate");
  CHECK(answer_text(std::get<accepted>(server_that_wants(anything, request))) ==
        "permessage-deflate; server_max_window_bits=12");
}

TEST_CASE("a server that does not want permessage-deflate says nothing of it") {
  const accepted result = answer_to("permessage-deflate; client_max_window_bits", std::nullopt);
  CHECK(answer_text(result).empty());
  CHECK_FALSE(result.deflate);
  CHECK_FALSE(std::get<accepted>(server_that_wants(anything, client_that_wants({}).request())).deflate);
}

TEST_CASE("a malformed extension list is a bad request, whatever the server wants") {
  for (const char* const list : {"", ",", ";", "permessage-deflate;", "permessage-deflate; a=",
                                 "permessage-deflate, \"", "permessage-deflate permessage-deflate",
                                 "permessage-deflate; server_max_window_bits=\"1 0\"", "x-other; a=\"b"}) {
    for (const auto& wanted : {std::optional<deflate_parameters>{}, std::optional{anything}}) {
      CAPTURE(list, wanted.has_value());
      const auto refusal = std::get<http::response>(server_that_wants(wanted, request_with(list)));
      CHECK(refusal.status == http::status::bad_request);
    }
  }
}

TEST_CASE("a client takes an answer that keeps within its offer") {
  struct vector {
    const char* section;
    deflate_parameters wanted;
    const char* answer;
    deflate_parameters agreed;
  };
  for (const auto& [section, wanted, answer, agreed] : {
           vector{"7.1.3", {}, "permessage-deflate", {}},
           vector{"7.1.3",
                  {keeps, keeps, 10, 15},
                  "permessage-deflate; server_max_window_bits=10",
                  {keeps, keeps, 10, 15}},
           vector{"7.1.1.1", {}, "permessage-deflate; server_no_context_takeover", {forgets, keeps, 15, 15}},
           vector{"7.1.1.2", {}, "permessage-deflate; client_no_context_takeover", {keeps, forgets, 15, 15}},
           // A hint of the client's holds for the client itself, whatever the answer says of it.
           vector{"7.1.1.2", {keeps, forgets, 15, 15}, "permessage-deflate", {keeps, forgets, 15, 15}},
           vector{"7.1.2.2", {keeps, keeps, 15, 10}, "permessage-deflate", {keeps, keeps, 15, 10}},
           vector{"7.1.2.2",
                  {keeps, keeps, 15, 10},
                  "permessage-deflate; client_max_window_bits=12",
                  {keeps, keeps, 15, 10}},
           vector{"7.1.2.2",
                  {keeps, keeps, 15, 10},
                  "permessage-deflate; client_max_window_bits=8",
                  {keeps, keeps, 15, 8}},
           vector{"7.1.2.2", {}, "permessage-deflate; client_max_window_bits=9", {keeps, keeps, 15, 9}},
           vector{"7.1.2.1", {}, "permessage-deflate; server_max_window_bits=9", {keeps, keeps, 9, 15}},
           vector{"7.1.2.1",
                  {keeps, keeps, 12, 15},
                  "permessage-deflate; server_max_window_bits=8",
                  {keeps, keeps, 8, 15}},
       }) {
    CAPTURE(section, answer);
    auto client = client_that_wants(wanted);
    CHECK_FALSE(client.check(response_with(client, {answer})));
    CHECK(client.deflate() == agreed);
  }
}

TEST_CASE("no answer is no permessage-deflate") {
  auto client = client_that_wants(anything);
  CHECK_FALSE(client.check(response_with(client, {})));
  CHECK_FALSE(client.deflate());
}

TEST_CASE("an answer that is none to the offer fails the handshake") {
  struct vector {
    const char* section;
    deflate_parameters wanted;
    const char* answer;
    errc error;
  };
  for (const auto& [section, wanted, answer, error] : {
           vector{"RFC 6455 4.1", {}, "x-other", errc::extension_not_offered},
           vector{"RFC 6455 4.1", {}, "Permessage-Deflate", errc::extension_not_offered},
           vector{"RFC 6455 4.1", {}, "permessage-deflate, x-other", errc::extension_not_offered},
           vector{"RFC 6455 4.1", {}, "x-other, permessage-deflate", errc::extension_not_offered},
           vector{"5", {}, "permessage-deflate, permessage-deflate", errc::extension_invalid},
           vector{"7", {}, "permessage-deflate; unknown", errc::extension_invalid},
           vector{"7", {}, "permessage-deflate; server_no_context_takeover=1", errc::extension_invalid},
           vector{"7", {}, "permessage-deflate; client_no_context_takeover=\"x\"", errc::extension_invalid},
           vector{"7",
                  {},
                  "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
                  errc::extension_invalid},
           vector{"7",
                  {},
                  "permessage-deflate; client_max_window_bits=9; client_max_window_bits=9",
                  errc::extension_invalid},
           vector{"7.1.2.2", {}, "permessage-deflate; client_max_window_bits", errc::extension_invalid},
           vector{"7.1.2.1", {}, "permessage-deflate; server_max_window_bits", errc::extension_invalid},
           vector{"7.1.2.1",
                  {keeps, keeps, 10, 15},
                  "permessage-deflate; server_max_window_bits=11",
                  errc::extension_invalid},
           vector{"7.1.2.1", {keeps, keeps, 10, 15}, "permessage-deflate", errc::extension_invalid},
           vector{"7.1.1.1", {forgets, keeps, 15, 15}, "permessage-deflate", errc::extension_invalid},
           vector{"RFC 6455 9.1", {}, "", errc::extension_invalid},
           vector{"RFC 6455 9.1", {}, "permessage-deflate;", errc::extension_invalid},
           vector{"RFC 6455 9.1", {}, "permessage-deflate, \"", errc::extension_invalid},
           vector{"RFC 6455 9.1", {}, "permessage-deflate; client_max_window_bits=", errc::extension_invalid},
       }) {
    CAPTURE(section, answer);
    CHECK(verdict_on(answer, wanted) == error);
  }
  auto client = client_that_wants(anything);
  CHECK(client.check(response_with(client, {"permessage-deflate", "permessage-deflate"})) ==
        errc::extension_invalid);
}

TEST_CASE("a client that offered nothing takes no extension") {
  CHECK(verdict_on("permessage-deflate", std::nullopt) == errc::extension_not_offered);
  CHECK(verdict_on("x-other", std::nullopt) == errc::extension_not_offered);
  CHECK(verdict_on(",", std::nullopt) == errc::extension_invalid);
}

TEST_CASE("both ends agree on the same, and on no more than either wants") {
  for (const deflate_parameters& client_wants : all_kinds()) {
    for (const deflate_parameters& server_wants : all_kinds()) {
      auto client = client_that_wants(client_wants);
      const auto result = std::get<accepted>(server_that_wants(server_wants, client.request()));
      REQUIRE_FALSE(client.check(result.response));
      REQUIRE(client.deflate() == result.deflate);
      const deflate_parameters expected{
          client_wants.server_no_context_takeover || server_wants.server_no_context_takeover,
          client_wants.client_no_context_takeover || server_wants.client_no_context_takeover,
          std::min(client_wants.server_max_window_bits, server_wants.server_max_window_bits),
          std::min(client_wants.client_max_window_bits, server_wants.client_max_window_bits)};
      REQUIRE(result.deflate == expected);
    }
  }
}

TEST_CASE("options that are out of range are the caller's mistake") {
  for (const deflate_options& options :
       {deflate_options{{keeps, keeps, 7, 15}}, deflate_options{{keeps, keeps, 16, 15}},
        deflate_options{{keeps, keeps, 15, 7}}, deflate_options{{keeps, keeps, 15, 16}},
        deflate_options{{}, 0}, deflate_options{{}, 10}, deflate_options{{}, 6, 0},
        deflate_options{{}, 6, 10}}) {
    CHECK_FALSE(is_valid(options));
    request_options asked;
    asked.deflate = options;
    CHECK_THROWS_AS(client_handshake(http::parse_url("ws://h/"), asked), std::system_error);
    accept_options offered;
    offered.deflate = options;
    CHECK_THROWS_AS(accept_handshake(request_with("x-other"), offered), std::system_error);
  }
  CHECK(is_valid(deflate_options{}));
}

TEST_CASE("ten thousand offers cost one answer") {
  std::string offers;
  for (int index = 0; index < 10'000; ++index) offers += "permessage-deflate; server_max_window_bits=16, ";
  CHECK(answer_text(answer_to(offers)).empty());
  CHECK(answer_text(answer_to(offers + "permessage-deflate")) == "permessage-deflate");
  CHECK(verdict_on("permessage-deflate, " + offers) == errc::extension_invalid);
}
