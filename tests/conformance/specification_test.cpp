// Specifications: what is read, and what each mistake is answered with.
#include "run/specification.hpp"

#include "server/scratch_folder.hpp"
#include "support/catch.hpp"
#include "websock/server/config.hpp"

using namespace conformance;
using namespace std::chrono_literals;
using websock::config_error;

namespace {

specification read(std::string_view text, run_mode mode = run_mode::fuzzing_server) {
  return parse_specification(text, "spec.json", mode);
}

std::string problem_of(std::string_view text, run_mode mode = run_mode::fuzzing_server) {
  try {
    (void)read(text, mode);
  } catch (const config_error& error) {
    return error.what();
  }
  return "no error";
}

catalog some_cases() {
  catalog all;
  all.add(R"({ "group": "Some", "cases": [
    { "id": "${id}", "with": [{"id": "1.1.1"}, {"id": "1.1.2"}, {"id": "1.2.1"}, {"id": "1.10.1"}, {"id": "6.4.1"}],
      "description": "One.", "expectation": "Nothing.", "references": ["RFC 6455 5.6"], "steps": [] },
    { "id": "h.1.1", "subjects": ["server"],
      "description": "One.", "expectation": "Nothing.", "references": ["RFC 6455 4.2"], "steps": [] } ] })",
          "some.json");
  return all;
}

std::vector<std::string> ids_of(const case_list& cases) {
  std::vector<std::string> ids;
  for (const auto& one : cases) ids.push_back(one->id);
  return ids;
}

std::vector<std::string> select(std::string_view text, subject_role subject = subject_role::client) {
  return ids_of(select_cases(read(text), some_cases(), subject));
}

std::string problem_of_selection(std::string_view text) {
  const specification wanted = read(text);
  try {
    (void)select_cases(wanted, some_cases(), subject_role::client);
  } catch (const config_error& error) {
    return error.what();
  }
  return "no error";
}

using ids = std::vector<std::string>;

}  // namespace

TEST_CASE("an empty specification gets the defaults") {
  const specification wanted = read("{}");
  CHECK(wanted.url.origin() == "ws://127.0.0.1:9001");
  CHECK(wanted.outdir == "./reports/clients");
  CHECK(wanted.cases.empty());
  CHECK_FALSE(wanted.jobs);
  CHECK_FALSE(wanted.seed);
  CHECK(wanted.timeouts.open == 5s);
  CHECK(wanted.timeouts.close == 1s);
  CHECK(wanted.timeouts.drop == 1s);
  CHECK(wanted.tls.verify_peer);
  CHECK(wanted.notes.empty());
}

TEST_CASE("Autobahn's specification of a fuzzing server is read") {
  const specification wanted = read(R"({
    "url": "ws://127.0.0.1:9001",
    "options": {"failByDrop": false},
    "outdir": "./reports/clients",
    "webport": 8080,
    "cases": ["*"],
    "exclude-cases": [],
    "exclude-agent-cases": {}
  })");
  CHECK(wanted.url.port == 9001);
  REQUIRE(wanted.cases.size() == 1);
  CHECK(wanted.cases[0].text == "*");
  CHECK(wanted.cases[0].place == "spec.json:6:15: /cases/0");
  CHECK(wanted.notes == ids{"\"webport\" is ignored: the page is on the port of \"url\""});
}

TEST_CASE("Autobahn's specification of a fuzzing server with TLS is read") {
  const specification wanted = read(R"({
    "url": "wss://127.0.0.1:9001", "key": "wss/server.key", "cert": "wss/server.crt",
    "options": {"failByDrop": false}, "outdir": "./reports/clients",
    "cases": ["*"], "exclude-cases": ["9.1.5", "9.6.*"], "exclude-agent-cases": {}
  })");
  CHECK(wanted.url.scheme == "wss");
  CHECK(wanted.identity.key_file == "wss/server.key");
  CHECK(wanted.identity.certificate_file == "wss/server.crt");
  CHECK(wanted.excluded.size() == 2);
  CHECK(wanted.notes.empty());
}

TEST_CASE("Autobahn's specification of a fuzzing client is read") {
  const specification wanted = read(R"({
    "options": {"failByDrop": false, "closeHandshakeTimeout": 2},
    "outdir": "./reports/servers",
    "servers": [
      {"agent": "AutobahnPython 0.6 CPy", "url": "ws://192.168.56.102:9006", "options": {"version": 18}},
      {"agent": "cowboy", "url": "wss://localhost:9009/websocket", "hostname": "cowboy.example",
       "options": {"version": 18, "openHandshakeTimeout": 7.5, "serverConnectionDropTimeout": 3}},
      {"url": "ws://127.0.0.1:9002"}
    ],
    "cases": ["*"], "exclude-cases": [], "exclude-agent-cases": {"cow*": ["6.*", "1.1.1"]}
  })",
                                    run_mode::fuzzing_client);
  REQUIRE(wanted.servers.size() == 3);
  CHECK(wanted.servers[0].agent == "AutobahnPython 0.6 CPy");
  CHECK(wanted.servers[0].url.authority() == "192.168.56.102:9006");
  CHECK(wanted.servers[0].timeouts.close == 2s);
  CHECK(wanted.servers[1].url.target == "/websocket");
  CHECK(wanted.servers[1].tls_name == "cowboy.example");
  CHECK(wanted.servers[1].timeouts.open == 7500ms);
  CHECK(wanted.servers[1].timeouts.close == 2s);
  CHECK(wanted.servers[1].timeouts.drop == 3s);
  CHECK(wanted.servers[2].agent.empty());
  CHECK(wanted.notes.empty());
  CHECK(is_excluded(wanted, "cowboy", "6.4.1"));
  CHECK(is_excluded(wanted, "cowboy", "1.1.1"));
  CHECK_FALSE(is_excluded(wanted, "cowboy", "1.1.2"));
  CHECK_FALSE(is_excluded(wanted, "my cowboy", "6.4.1"));
}

TEST_CASE("our own keys are read") {
  const specification wanted = read(R"({"jobs": 8, "seed": 42, "ca": "ca.pem", "insecure": true})");
  CHECK(wanted.jobs == 8);
  CHECK(wanted.seed == 42);
  CHECK(wanted.tls.ca_file == "ca.pem");
  CHECK_FALSE(wanted.tls.verify_peer);
}

TEST_CASE("what is ignored is said") {
  const specification wanted =
      read(R"({"options": {"failByDrop": true, "applyMask": false}, "protocols": ["a"]})");
  REQUIRE(wanted.notes.size() == 3);
  CHECK(wanted.notes[0].starts_with("the option \"applyMask\" is ignored"));
  CHECK(wanted.notes[1].starts_with("the option \"failByDrop\" is ignored"));
  CHECK(wanted.notes[2].starts_with("\"protocols\" is ignored"));
}

TEST_CASE("port 0 lets the system choose") {
  CHECK(read(R"({"url": "ws://127.0.0.1:0"})").url.port == 0);
  CHECK(read(R"({"url": "ws://[::1]:0/"})").url.host == "::1");
  CHECK(read(R"({"url": "ws://127.0.0.1:8080/"})").url.port == 8080);
}

TEST_CASE("each mistake is named with its place and what would be right") {
  CHECK(problem_of("{") ==
        "spec.json:1:2: not JSON: syntax error while parsing object key - unexpected end of input; "
        "expected string literal");
  CHECK(problem_of("[]").starts_with("spec.json:1:1: the whole text: expected an object with the keys"));
  CHECK(problem_of(R"({"case": ["*"]})")
            .starts_with("spec.json:1:2: /case: unknown key; did you mean \"cases\"?"));
  CHECK(problem_of(R"({"cases": "*"})") == "spec.json:1:11: /cases: expected an array, got \"*\"");
  CHECK(problem_of(R"({"cases": []})") ==
        "spec.json:1:11: /cases: expected at least one case, such as \"*\" or \"6.*\", got an empty array");
  CHECK(problem_of(R"({"cases": [1]})") == "spec.json:1:12: /cases/0: expected a string, got 1");
  CHECK(problem_of(R"({"cases": [""]})") ==
        "spec.json:1:12: /cases/0: expected a case such as \"1.1.1\" or \"6.*\", got \"\"");
  CHECK(problem_of(R"({"url": "http://127.0.0.1:9001"})")
            .starts_with("spec.json:1:9: /url: expected a ws:// or wss:// URL, got one of http"));
  CHECK(problem_of(R"({"url": "127.0.0.1:9001"})")
            .starts_with("spec.json:1:9: /url: at offset 0: a URL starts with ws://"));
  CHECK(problem_of(R"({"url": "ws://example.com:9001"})")
            .starts_with("spec.json:1:9: /url: expected an IP address to listen on"));
  CHECK(problem_of(R"({"url": "wss://127.0.0.1:9001", "cert": "a.pem"})") ==
        "spec.json:1:9: /url: wss needs a certificate and its key: \"cert\" and \"key\", PEM files");
  CHECK(problem_of(R"({"jobs": 0})") ==
        "spec.json:1:10: /jobs: expected a whole number from 1 to 1000, got 0");
  CHECK(problem_of(R"({"insecure": 1})") == "spec.json:1:14: /insecure: expected true or false, got 1");
  CHECK(problem_of(R"({"exclude-agent-cases": ["*"]})") ==
        "spec.json:1:25: /exclude-agent-cases: expected an object: for each agent a list of cases, got an "
        "array");
  CHECK(problem_of(R"({"exclude-agent-cases": {"a": "*"}})") ==
        "spec.json:1:31: /exclude-agent-cases/a: expected an array, got \"*\"");
  CHECK(problem_of(R"({"options": {"failByDrp": false}})")
            .starts_with("spec.json:1:14: /options/failByDrp: unknown key; did you mean \"failByDrop\"?"));
  CHECK(problem_of(R"({"options": {"version": 8}})") ==
        "spec.json:1:25: /options/version: expected a whole number from 13 to 18, got 8");
  CHECK(problem_of(R"({"options": {"closeHandshakeTimeout": 0}})") ==
        "spec.json:1:39: /options/closeHandshakeTimeout: expected seconds, from 0.001 to 3600, got 0");
  CHECK(problem_of(R"({"seed": 1, "seed": 2})") == "spec.json:1:13: /seed: the key is given twice");
}

TEST_CASE("a fuzzing client needs servers") {
  const auto mode = run_mode::fuzzing_client;
  CHECK(problem_of("{}", mode) == "spec.json:1:1: the whole text: the key \"servers\" is missing");
  CHECK(problem_of(R"({"servers": []})", mode) ==
        "spec.json:1:13: /servers: expected at least one server, got an empty array");
  CHECK(problem_of(R"({"servers": [{"agent": "a"}]})", mode) ==
        "spec.json:1:14: /servers/0: the key \"url\" is missing");
  CHECK(problem_of(R"({"servers": [{"uri": "ws://a"}]})", mode)
            .starts_with("spec.json:1:15: /servers/0/uri: unknown key; did you mean \"url\"?"));
}

TEST_CASE("a testee client may name its server") {
  CHECK(read(R"({"url": "wss://fuzzer.example/"})", run_mode::testee_client).url.host == "fuzzer.example");
}

TEST_CASE("a specification comes from a file") {
  const scratch_folder folder;
  const auto file = folder.write("spec.json", R"({"url": "ws://127.0.0.1:1"})");
  CHECK(load_specification(file, run_mode::fuzzing_server).url.port == 1);
  CHECK_THROWS_WITH(load_specification(folder.path() / "none.json", run_mode::fuzzing_server),
                    Catch::Matchers::Contains("none.json: No such file or directory"));
}

TEST_CASE("globs select cases in the order of their ids") {
  CHECK(select("{}") == ids{"1.1.1", "1.1.2", "1.2.1", "1.10.1", "6.4.1"});
  CHECK(select(R"({"cases": ["6.*", "1.1.*"]})") == ids{"1.1.1", "1.1.2", "6.4.1"});
  CHECK(select(R"({"cases": ["1.*"], "exclude-cases": ["1.1.*", "1.10.1"]})") == ids{"1.2.1"});
  CHECK(select(R"({"cases": ["1.1.2", "1.1.2"]})") == ids{"1.1.2"});
}

TEST_CASE("cases that test the other role are left out") {
  CHECK(select("{}", subject_role::server).back() == "h.1.1");
  CHECK(select(R"({"cases": ["*.1.1"]})") == ids{"1.1.1"});
}

TEST_CASE("a glob that fits no case is a mistake") {
  CHECK(problem_of_selection(R"({"cases": ["1.*", "7.*"]})") ==
        "spec.json:1:19: /cases/1: no case fits \"7.*\"; a case is named as in \"1.1.1\", many as in "
        "\"6.*\", and "
        "the groups are 1, 6, h");
  CHECK(problem_of_selection(R"({"exclude-cases": ["x"]})")
            .starts_with("spec.json:1:20: /exclude-cases/0: no case"));
  CHECK(problem_of_selection(R"({"exclude-agent-cases": {"a/b": ["x"]}})")
            .starts_with("spec.json:1:34: /exclude-agent-cases/a~1b/0: no case"));
  CHECK(problem_of_selection(R"({"cases": ["h.*"]})").starts_with("no case is left to run"));
}
