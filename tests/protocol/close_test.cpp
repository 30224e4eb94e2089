// The closing handshake (RFC 6455 sections 5.5.1 and 7) and the codes of Autobahn's group 7.
#include "protocol/harness.hpp"

namespace websock::protocol::testing {
namespace {

using lines = std::vector<std::string>;

std::string repeat(char c, std::size_t count) { return std::string(count, c); }

std::string echo_of(unsigned code, std::string_view reason = {}) { return line("out", close(code, reason)); }

TEST_CASE("7.1: nothing is processed after a Close frame", "[close]") {
  const lines closed{echo_of(1000), "close 1000"};
  check({"7.1.1", "5.5.1", text("Hello") + close(1000), {"text Hello", echo_of(1000), "close 1000"}});
  check({"7.1.2", "5.5.1", close(1000) + close(1000), closed});
  check({"7.1.3", "5.5.1", close(1000) + ping("p"), closed});
  check({"7.1.4", "5.5.1", close(1000) + text("late"), closed});
  check({"7.1.5", "5.5.1", first_text("fragment1") + close(1000) + last("fragment2"), closed});
  check({"garbage", "5.5.1", close(1000) + repeat('\xFF', 50), closed});
}

TEST_CASE("7.3: the payload of a Close frame", "[close]") {
  check({"7.3.1", "5.5.1", close(), {"out 8800", "close"}});
  check({"7.3.2", "5.5.1", close("a"), {"out 880203ea", "failure close_payload_truncated"}});
  check({"7.3.3", "5.5.1", close(1000), {echo_of(1000), "close 1000"}});
  check({"7.3.4",
         "5.5.1",
         close(1000, "Hello World!"),
         {echo_of(1000, "Hello World!"), "close 1000 Hello World!"}});
  const std::string longest = repeat('*', 123);
  check({"7.3.5", "5.5.1", close(1000, longest), {echo_of(1000, longest), "close 1000 " + longest}});
  check({"7.3.6", "5.5", close(1000, longest + "*"), {"out 880203ea", "failure control_frame_too_long"}});
  check({"7.5.1",
         "8.1",
         close(1000, hex("ce ba e1 bd b9 cf 83 ce bc ce b5 ed a0 80 65")),
         {"out 880203ef", "failure invalid_utf8"}});
  check({"cut short", "8.1", close(1000, hex("ce")), {"out 880203ef", "failure invalid_utf8"}});
  const std::string greek = hex("ce ba e1 bd b9 cf 83 ce bc ce b5");
  check({"greek", "8.1", close(3000, greek), {echo_of(3000, greek), "close 3000 " + greek}});
}

TEST_CASE("7.7: codes that may be on the wire are echoed", "[close]") {
  for (const unsigned code : {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U, 1012U, 1013U,
                              1014U, 3000U, 3999U, 4000U, 4999U}) {
    check({"7.7/" + std::to_string(code),
           "7.4",
           close(code, "because"),
           {echo_of(code, "because"), "close " + std::to_string(code) + " because"}});
  }
}

TEST_CASE("7.9: other codes are a protocol error", "[close]") {
  for (const unsigned code :
       {0U, 1U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 2000U, 2999U, 5000U, 65535U}) {
    check(
        {"7.9/" + std::to_string(code), "7.4", close(code), {"out 880203ea", "failure close_code_invalid"}});
    check({"7.9/" + std::to_string(code),
           "7.4",
           close(code, "because"),
           {"out 880203ea", "failure close_code_invalid"}});
  }
}

TEST_CASE("The recorded exchange: the peer's code and reason are answered and kept", "[close]") {
  connection server{role::server, {}};
  const std::string recorded = hex("88 8e 0b f2 50 a0 08 1a 18 c5 67 9e 3f 80 5c 9d 22 cc 6f d3");
  bytes_view input = as_bytes(recorded);
  REQUIRE(server.next(input).what == event::kind::close);
  REQUIRE(to_hex(as_text(server.output())) == "880e03e8" + to_hex("Hello World!"));
  REQUIRE(server.state() == state::close_received);
  REQUIRE(server.is_done());
  REQUIRE(server.peer_close()->code == close_code::normal_closure);
  REQUIRE(server.peer_close()->reason == "Hello World!");
  REQUIRE(server.local_close()->code == close_code::normal_closure);
  REQUIRE(server.local_close()->reason == "Hello World!");
  REQUIRE(!server.failure());
}

void close_going_away(connection& endpoint) {
  REQUIRE(!endpoint.close(close_code::going_away, "bye"));
  REQUIRE(endpoint.state() == state::close_sent);
}

TEST_CASE("Our close is answered", "[close]") {
  const std::string ours = "out 880503e9" + to_hex("bye");
  check({"answer", "7.1.2", close(1001), {ours, "close 1001"}}, {}, close_going_away);
  check({"another code", "7.1.2", close(4000, "x"), {ours, "close 4000 x"}}, {}, close_going_away);
  check({"empty", "7.1.2", close(), {ours, "close"}}, {}, close_going_away);
  check({"data under way",
         "5.5.1",
         text("a") + first_text("b") + last("c") + close(1001) + text("d"),
         {ours, "text a", "text bc", "close 1001"}},
        {}, close_going_away);
  check({"pings are not answered", "5.5.1", ping("p") + close(1001), {ours, "ping p", "close 1001"}}, {},
        close_going_away);
  check({"one Close frame", "7.1.7", frame(0x83, ""), {ours, "failure reserved_opcode"}}, {},
        close_going_away);
  check({"bad answer", "7.1.7", close(1005), {ours, "failure close_code_invalid"}}, {}, close_going_away);
}

TEST_CASE("Both sides close at the same time", "[close]") {
  connection server{role::server, {}};
  connection client{role::client, {}};
  REQUIRE(!server.close(close_code::going_away, "server"));
  REQUIRE(!client.close(close_code::normal_closure, "client"));
  const std::string from_server{as_text(server.output())};
  const std::string from_client{as_text(client.output())};
  bytes_view input = as_bytes(from_client);
  REQUIRE(server.next(input).what == event::kind::close);
  input = as_bytes(from_server);
  REQUIRE(client.next(input).what == event::kind::close);
  REQUIRE(server.state() == state::closed);
  REQUIRE(client.state() == state::closed);
  REQUIRE(as_text(server.output()) == from_server);
  REQUIRE(as_text(client.output()) == from_client);
  REQUIRE(server.peer_close()->reason == "client");
  REQUIRE(client.peer_close()->reason == "server");
}

TEST_CASE("Nothing is sent after our Close frame", "[close]") {
  connection server{role::server, {}};
  REQUIRE(!server.close({}, {}));
  const std::string sent{as_text(server.output())};
  REQUIRE(to_hex(sent) == "8800");
  REQUIRE(!server.can_send());
  REQUIRE(server.send(opcode::text, {}) == errc::closed);
  REQUIRE(server.send_fragment(opcode::text, {}, true) == errc::closed);
  REQUIRE(server.send_head(opcode::text, 1) == errc::closed);
  REQUIRE(server.ping({}) == errc::closed);
  REQUIRE(server.pong({}) == errc::closed);
  REQUIRE(server.close(close_code::normal_closure, {}) == errc::closed);
  REQUIRE(as_text(server.output()) == sent);
}

TEST_CASE("Arguments of close are checked", "[close]") {
  connection server{role::server, {}};
  const std::string longest(123, 'x');
  REQUIRE(server.close(close_code::no_status_received, {}) == errc::argument_invalid);
  REQUIRE(server.close(close_code::abnormal_closure, {}) == errc::argument_invalid);
  REQUIRE(server.close(close_code::tls_handshake, {}) == errc::argument_invalid);
  REQUIRE(server.close(static_cast<close_code>(5000), {}) == errc::argument_invalid);
  REQUIRE(server.close({}, "reason without a code") == errc::argument_invalid);
  REQUIRE(server.close(close_code::normal_closure, longest + "x") == errc::argument_invalid);
  REQUIRE(server.close(close_code::normal_closure, "\xC3") == errc::argument_invalid);
  REQUIRE(server.ping(as_bytes(longest + "123")) == errc::argument_invalid);
  REQUIRE(server.state() == state::open);
  REQUIRE(server.output().empty());
  REQUIRE(!server.close(close_code::normal_closure, longest));
}

TEST_CASE("A stream that ends without a Close frame is lost", "[close]") {
  connection server{role::server, {}};
  server.end_of_input();
  REQUIRE(server.state() == state::lost);
  REQUIRE(!server.peer_close());
  REQUIRE(!server.failure());
  REQUIRE(server.send(opcode::text, {}) == errc::closed);
  bytes_view input = as_bytes("ignored");
  REQUIRE(server.next(input).what == event::kind::none);
  REQUIRE(input.empty());

  connection waiting{role::server, {}};
  REQUIRE(!waiting.close(close_code::normal_closure, {}));
  waiting.end_of_input();
  REQUIRE(waiting.state() == state::lost);
}

TEST_CASE("The end of the stream changes no state that is final", "[close]") {
  recorder closed{role::client};
  closed.feed(close(1000));
  closed.endpoint.end_of_input();
  REQUIRE(closed.endpoint.state() == state::close_received);
  recorder failed{role::client};
  failed.feed(frame(0x83, ""));
  failed.endpoint.end_of_input();
  REQUIRE(failed.endpoint.state() == state::failed);
  REQUIRE(failed.endpoint.failure() == errc::reserved_opcode);
  REQUIRE(failed.endpoint.failure() == condition::protocol_violation);
}

TEST_CASE("States follow each other as in the table", "[close]") {
  using enum state;
  struct row {
    state now, local_close, peer_close, violation, end_of_stream;
  };
  const row rows[] = {{open, close_sent, close_received, failed, lost},
                      {close_sent, close_sent, closed, failed, lost},
                      {close_received, close_received, close_received, close_received, close_received},
                      {closed, closed, closed, closed, closed},
                      {failed, failed, failed, failed, failed},
                      {lost, lost, lost, lost, lost}};
  for (const row& row : rows) {
    REQUIRE(state_after(row.now, transition::local_close) == row.local_close);
    REQUIRE(state_after(row.now, transition::peer_close) == row.peer_close);
    REQUIRE(state_after(row.now, transition::violation) == row.violation);
    REQUIRE(state_after(row.now, transition::end_of_stream) == row.end_of_stream);
  }
}

TEST_CASE("Codes have names", "[close]") {
  REQUIRE(describe(close_code::normal_closure) == "normal closure");
  REQUIRE(describe(close_code::message_too_big) == "message too big");
  REQUIRE(describe(static_cast<close_code>(4000)) == "application code");
  REQUIRE(describe(static_cast<close_code>(2000)) == "unassigned code");
}

}  // namespace
}  // namespace websock::protocol::testing
