// A client, its offers and the answers that it gets.
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/deflate_handshake.hpp"
#include "support/catch.hpp"
#include "websock/core/error.hpp"

using namespace websock::protocol;
using namespace websock::protocol::test;
using websock::errc;

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
}

TEST_CASE("an answer is in one line") {  // RFC 6455 section 11.3.2
  auto client = client_that_wants(anything);
  for (const auto& lines :
       {std::initializer_list<std::string_view>{"permessage-deflate", "permessage-deflate"},
        {"permessage-deflate", ""},
        {"", "permessage-deflate"}}) {
    CHECK(client.check(response_with(client, lines)) == errc::handshake_invalid);
    CHECK_FALSE(client.deflate());
  }
}

TEST_CASE("a client that offered nothing takes no extension") {
  CHECK(verdict_on("permessage-deflate", std::nullopt) == errc::extension_not_offered);
  CHECK(verdict_on("x-other", std::nullopt) == errc::extension_not_offered);
  CHECK(verdict_on(",", std::nullopt) == errc::extension_invalid);
}
