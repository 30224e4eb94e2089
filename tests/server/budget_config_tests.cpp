// The budgets of a route in a configuration: what is read, and what each mistake is answered with.
#include "support/catch.hpp"
#include "websock/server/config.hpp"

using namespace websock;

namespace {

route_config route_with(const std::string& members) {
  const std::string text = R"({"routes": [{"path": "/ws", "handler": "echo", )" + members + "}]}";
  return parse_config(text, "server.json").routes.at(0);
}

// Without the name of the file and the line, which every mistake has.
std::string problem_of(const std::string& members) {
  constexpr std::string_view place = "server.json:1:";
  try {
    (void)route_with(members);
  } catch (const config_error& error) {
    const std::string_view problem = error.what();
    REQUIRE(problem.starts_with(place));
    return std::string{problem.substr(place.size())};
  }
  return "no error";
}

}  // namespace

TEST_CASE("rates are read") {
  const auto given = route_with(R"("rates": { "messages": { "per_second": 100, "burst": 500 },
                                              "control_frames": { "per_second": 3 } })");
  CHECK(given.session.rates.messages == rate_limit{100, 500});
  CHECK(given.session.rates.control_frames == rate_limit{3, 0});
  const auto none = route_with(R"("rates": { "messages": "none", "control_frames": "none" })");
  CHECK_FALSE(none.session.rates.messages);
  CHECK_FALSE(none.session.rates.control_frames);
  const auto unsaid = route_with(R"("rates": {})");
  CHECK_FALSE(unsaid.session.rates.messages);
  CHECK(unsaid.session.rates.control_frames == rate_options{}.control_frames);
}

TEST_CASE("mistakes in rates are named") {
  CHECK(problem_of(R"("rates": { "messages": 100 })") ==
        "71: /routes/0/rates/messages: expected an object with the keys per_second, burst, or \"none\", got "
        "100");
  CHECK(problem_of(R"("rates": { "messages": {} })") ==
        "71: /routes/0/rates/messages: the key \"per_second\" is missing");
  CHECK(problem_of(R"("rates": { "messages": { "per_second": 0 } })") ==
        "87: /routes/0/rates/messages/per_second: expected a whole number from 1 to 1000000000, got 0");
  CHECK(problem_of(R"("rates": { "control_frames": { "per_second": 1, "burst": "1" } })") ==
        "105: /routes/0/rates/control_frames/burst: expected a whole number from 1 to 1000000000, got \"1\"");
  CHECK(problem_of(R"("rates": { "message": "none" })") ==
        "59: /routes/0/rates/message: unknown key; did you mean \"messages\"?; expected one of messages, "
        "control_frames");
}

TEST_CASE("the sessions of a route are read") {
  const auto given = route_with(R"("sessions": { "total": 1000, "per_address": 10 })");
  CHECK(given.sessions.total == 1000);
  CHECK(given.sessions.per_address == 10);
  const auto none = route_with(R"("sessions": { "total": "none" })");
  CHECK(none.sessions.total == protocol::unlimited);
  CHECK(none.sessions.per_address == protocol::unlimited);
}

TEST_CASE("mistakes in the sessions of a route are named") {
  CHECK(problem_of(R"("sessions": 7)") ==
        "60: /routes/0/sessions: expected an object with the keys total, per_address, got 7");
  CHECK(problem_of(R"("sessions": { "total": 0 })") ==
        "71: /routes/0/sessions/total: expected a whole number from 1 to 1000000000, got 0");
  CHECK(problem_of(R"("sessions": { "per_address": "all" })") ==
        "77: /routes/0/sessions/per_address: expected a whole number from 1 to 1000000000 or \"none\", got "
        "\"all\"");
}

TEST_CASE("the outgoing queue of a route is read") {
  const auto given =
      route_with(R"("outgoing": { "messages": 100, "policy": "drop_oldest", "close_code": 1013 })");
  CHECK(given.session.outgoing.messages == 100);
  CHECK(given.session.outgoing.policy == overflow::drop_oldest);
  CHECK(given.session.outgoing.code == close_code::try_again_later);
  CHECK(route_with(R"("outgoing": { "policy": "block" })").session.outgoing.policy == overflow::block);
  CHECK(route_with(R"("outgoing": { "policy": "close" })").session.outgoing.policy == overflow::close);
  const auto unsaid = route_with(R"("outgoing": { "messages": "none", "close_code": 1008 })");
  CHECK(unsaid.session.outgoing.messages == protocol::unlimited);
  CHECK(unsaid.session.outgoing.policy == overflow::block);
  CHECK(unsaid.session.outgoing.code == close_code::policy_violation);
}

TEST_CASE("mistakes in the outgoing queue are named") {
  CHECK(problem_of(R"("outgoing": { "policy": "drop" })") ==
        "72: /routes/0/outgoing/policy: expected \"block\", \"drop_oldest\" or \"close\", got \"drop\"");
  CHECK(problem_of(R"("outgoing": { "policy": null })") ==
        "72: /routes/0/outgoing/policy: expected \"block\", \"drop_oldest\" or \"close\", got null");
  CHECK(problem_of(R"("outgoing": { "close_code": 1000 })") ==
        "76: /routes/0/outgoing/close_code: expected 1008 (policy violation) or 1013 (try again later), got "
        "1000");
  CHECK(problem_of(R"("outgoing": { "messages": -1 })") ==
        "74: /routes/0/outgoing/messages: expected a whole number from 1 to 1000000000 or \"none\", got -1");
  CHECK(problem_of(R"("outgoing": { "size": 1 })") ==
        "62: /routes/0/outgoing/size: unknown key; expected one of messages, policy, close_code");
}
