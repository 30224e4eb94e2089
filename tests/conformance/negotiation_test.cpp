// Answers to offers of permessage-deflate: which the runner takes (RFC 7692 section 7.1), and which it gives.
#include "run/negotiation.hpp"

#include "support/catch.hpp"

using namespace conformance;
using websock::http::fields;

namespace {

fields with_extensions(const std::vector<std::string>& lines) {
  fields made;
  for (const std::string& line : lines) made.add("Sec-WebSocket-Extensions", line);
  return made;
}

deflate_answer judge(const std::string& offer, const std::string& answer) {
  return judge_answer(with_extensions({offer}), with_extensions({answer}));
}

const std::string name = "permessage-deflate";
const std::string bad_parameter =
    "a parameter of permessage-deflate is unknown, doubled or has a wrong value";
const std::string bad_answer = "no offer of permessage-deflate may be answered so";

}  // namespace

TEST_CASE("answers that an offer allows, and what they mean") {
  struct vector {
    std::string offer;
    std::string answer;
    deflate_direction from_server;
    deflate_direction from_client;
  };
  const vector table[] = {
      {"", "", {15, true}, {15, true}},
      {"", "; server_no_context_takeover", {15, false}, {15, true}},
      {"", "; client_no_context_takeover", {15, true}, {15, false}},
      // Section 7.1.2.1: the server may limit its own window without being asked to.
      {"", "; server_max_window_bits=8", {8, true}, {15, true}},
      {"; server_no_context_takeover", "; server_no_context_takeover", {15, false}, {15, true}},
      {"; server_max_window_bits=10", "; server_max_window_bits=10", {10, true}, {15, true}},
      {"; server_max_window_bits=10", "; server_max_window_bits=9", {9, true}, {15, true}},
      {"; client_max_window_bits", "", {15, true}, {15, true}},
      {"; client_max_window_bits", "; client_max_window_bits=8", {15, true}, {8, true}},
      {"; client_max_window_bits=12", "; client_max_window_bits=12", {15, true}, {12, true}},
      {"; client_max_window_bits=12", "; client_max_window_bits=11", {15, true}, {11, true}},
      // Sections 7.1.1.2 and 7.1.2.2: a client keeps to what it says of itself in the offer.
      {"; client_max_window_bits=12", "", {15, true}, {12, true}},
      {"; client_no_context_takeover", "", {15, true}, {15, false}},
      {"; client_max_window_bits=\"12\"", "; server_max_window_bits=\"9\"", {9, true}, {12, true}},
  };
  for (const auto& [offer, answer, from_server, from_client] : table) {
    CAPTURE(offer, answer);
    const deflate_answer judged = judge(name + offer, name + answer);
    CHECK(judged.problem.empty());
    REQUIRE(judged.agreed);
    CHECK(judged.agreed->from_server == from_server);
    CHECK(judged.agreed->from_client == from_client);
  }
}

TEST_CASE("answers that no offer allows") {
  struct vector {
    std::string offer;
    std::string answer;
    std::string problem;
  };
  const vector table[] = {
      {name, "x-other", "\"x-other\" was not offered"},
      {name, name + ", " + name, "more than one extension was chosen"},
      {name, name + "; ", "Sec-WebSocket-Extensions is malformed"},
      {name, "", "Sec-WebSocket-Extensions is malformed"},
      {"x-other", name, bad_answer},
      {name, name + "; unknown", bad_parameter},
      {name, name + "; server_no_context_takeover=1", bad_parameter},
      {name, name + "; client_no_context_takeover; client_no_context_takeover", bad_parameter},
      {name, name + "; server_max_window_bits", bad_parameter},
      {name, name + "; server_max_window_bits=7", bad_parameter},
      {name, name + "; server_max_window_bits=16", bad_parameter},
      {name, name + "; server_max_window_bits=08", bad_parameter},
      {name, name + "; server_max_window_bits=9; server_max_window_bits=9", bad_parameter},
      {name + "; client_max_window_bits", name + "; client_max_window_bits", bad_parameter},
      {name, name + "; client_max_window_bits=15", bad_answer},
      {name + "; client_max_window_bits=9", name + "; client_max_window_bits=10", bad_answer},
      {name + "; server_no_context_takeover", name, bad_answer},
      {name + "; server_max_window_bits=10", name, bad_answer},
      {name + "; server_max_window_bits=10", name + "; server_max_window_bits=11", bad_answer},
      // An offer that section 7.1 does not know is none.
      {name + "; server_max_window_bits", name, bad_answer},
      {name + "; unknown", name, bad_answer},
  };
  for (const auto& [offer, answer, problem] : table) {
    CAPTURE(offer, answer);
    const deflate_answer judged = judge(offer, answer);
    CHECK(judged.problem == problem);
    CHECK_FALSE(judged.agreed);
  }
}

TEST_CASE("no answer is no compression") {
  const deflate_answer judged = judge_answer(with_extensions({name}), {});
  CHECK(judged.problem.empty());
  CHECK_FALSE(judged.agreed);
}

TEST_CASE("a response has one Sec-WebSocket-Extensions") {
  // RFC 6455 section 11.3.2: "MUST NOT appear more than once in an HTTP response".
  CHECK(judge_answer(with_extensions({name}), with_extensions({name, name})).problem ==
        "Sec-WebSocket-Extensions is there more than once");
}

TEST_CASE("an answer belongs to any of the offers, in lines or lists") {
  const fields answer = with_extensions({name + "; client_max_window_bits=9"});
  const std::string second = name + "; client_max_window_bits";
  for (const fields& request : {with_extensions({name + ", " + second}), with_extensions({name, second}),
                                with_extensions({"x, " + second})}) {
    const deflate_answer judged = judge_answer(request, answer);
    CHECK(judged.problem.empty());
    REQUIRE(judged.agreed);
    CHECK(judged.agreed->from_client == deflate_direction{9, true});
  }
}

TEST_CASE("the first wish that may answer is the answer") {
  struct vector {
    std::string offer;
    std::vector<deflate_wish> wishes;
    std::string field;
  };
  const deflate_wish all{true, true, 9, 10};
  const vector table[] = {
      {name, {{}}, name},
      {name, {{true, true, 0, 0}}, name + "; server_no_context_takeover; client_no_context_takeover"},
      {name, {{false, false, 9, 0}}, name + "; server_max_window_bits=9"},
      {name, {all, {}}, name},
      {name + "; client_max_window_bits",
       {all, {}},
       name + "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; "
              "client_max_window_bits=10"},
      {name + "; client_max_window_bits=9", {all, {false, false, 0, 9}}, name + "; client_max_window_bits=9"},
      // What the offer demands is answered, whether it was wished for or not.
      {name + "; server_no_context_takeover", {{}}, name + "; server_no_context_takeover"},
      {name + "; server_max_window_bits=10", {{}}, name + "; server_max_window_bits=10"},
      {name + "; server_max_window_bits=10", {{false, false, 12, 0}}, name + "; server_max_window_bits=10"},
      {name + "; server_max_window_bits=10", {{false, false, 8, 0}}, name + "; server_max_window_bits=8"},
      // A wish goes through all offers before the next wish does.
      {name + ", " + name + "; client_max_window_bits",
       {{false, false, 0, 9}, {}},
       name + "; client_max_window_bits=9"},
  };
  for (const auto& [offer, wishes, field] : table) {
    CAPTURE(offer, field);
    const fields request = with_extensions({offer});
    const auto made = make_answer(request, wishes);
    REQUIRE(made);
    CHECK(made->field == field);
    const deflate_answer judged = judge_answer(request, with_extensions({made->field}));
    CHECK(judged.problem.empty());
    CHECK(judged.agreed);
  }
}

TEST_CASE("what a made answer means for both directions") {
  const auto made =
      make_answer(with_extensions({name + "; client_max_window_bits=12; client_no_context_takeover"}),
                  {{true, false, 9, 0}});
  REQUIRE(made);
  CHECK(made->agreed.from_server == deflate_direction{9, false});
  // Section 7.1.1.2: that the client forgets is a hint, unless the answer asks for it.
  CHECK(made->agreed.from_client == deflate_direction{12, true});
}

TEST_CASE("a client is held to client_no_context_takeover where the answer has it") {
  const auto made = make_answer(with_extensions({name}), {{false, true, 0, 0}});
  REQUIRE(made);
  CHECK(made->agreed.from_client == deflate_direction{15, false});
}

TEST_CASE("a client's list of extensions is well-formed or not") {
  CHECK(is_well_formed({}));
  CHECK(is_well_formed(with_extensions({name + "; client_max_window_bits, x-other; a=\"b\"", "x"})));
  CHECK_FALSE(is_well_formed(with_extensions({""})));
  CHECK_FALSE(is_well_formed(with_extensions({name + ";"})));
  CHECK_FALSE(is_well_formed(with_extensions({name, "x; a=\"b"})));
}

TEST_CASE("without an offer or a wish that fits there is no answer") {
  CHECK_FALSE(make_answer({}, {{}}));
  CHECK_FALSE(make_answer(with_extensions({name}), {}));
  CHECK_FALSE(make_answer(with_extensions({"x-other"}), {{}}));
  CHECK_FALSE(make_answer(with_extensions({name + "; server_max_window_bits=16"}), {{}}));
  CHECK_FALSE(make_answer(with_extensions({name}), {{false, false, 0, 15}}));
}
