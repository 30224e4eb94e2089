// Both ends.
#include <algorithm>
#include <cstdint>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include "protocol/deflate_handshake.hpp"
#include "support/catch.hpp"
#include "websock/core/error.hpp"

using namespace websock::protocol;
using namespace websock::protocol::test;
using websock::errc;
namespace http = websock::http;

namespace {

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
