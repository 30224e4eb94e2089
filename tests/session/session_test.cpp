#include "websock/session.hpp"

#include <string>

#include "support/catch.hpp"
#include "support/echo.hpp"
#include "support/run.hpp"
#include "support/session_pair.hpp"

using websock::close_code;
using websock::errc;
using websock::message;
using websock::session;
using websock::task;

namespace {

task<void> echo_and_close(session& server) {
  co_await support::echo(server);
  co_await server.close();
}

}  // namespace

TEST_CASE("a message comes back with its kind and its octets") {
  asio::io_context context;
  support::session_pair both{context};
  support::spawn(context, echo_and_close(both.server));
  support::run(context, [](session& client) -> task<void> {
    co_await client.send("h\u00e4llo");
    const auto text = co_await client.receive();
    REQUIRE(text);
    CHECK(text->is_text());
    CHECK(text->text() == "h\u00e4llo");

    const std::string large(300'000, 'x');
    co_await client.send(websock::as_bytes(large));
    const auto binary = co_await client.receive();
    REQUIRE(binary);
    CHECK(binary->is_binary());
    CHECK(binary->text() == large);
    co_await client.close(close_code::normal_closure, "bye");
    CHECK(client.was_clean());
    REQUIRE(client.peer_close());
    CHECK(client.peer_close()->code == close_code::normal_closure);
  }(both.client));
  CHECK(both.server.was_clean());
  CHECK(both.server.peer_close()->reason == "bye");
}
