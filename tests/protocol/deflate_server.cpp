// A server and the offers that it gets.
#include <optional>
#include <string>
#include <variant>

#include "protocol/deflate_handshake.hpp"
#include "support/catch.hpp"

using namespace websock::protocol;
using namespace websock::protocol::test;
namespace http = websock::http;

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
