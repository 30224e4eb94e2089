// The fuzzing server as clients see it, over the loopback.
#include "run/fuzzing_server.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include "run/testee_client.hpp"
#include "server/scratch_folder.hpp"
#include "server/test_server.hpp"
#include "support/certificates.hpp"
#include "support/spawn.hpp"
#include "websock/io/task_group.hpp"

using namespace conformance;
using namespace support;
using nlohmann::json;

namespace {

catalog some_cases() {
  catalog all;
  all.add(R"({ "group": "Echo", "subgroups": { "1.1": "Text" }, "cases": [
    { "id": "1.1.${n}", "with": [ { "n": 1, "text": "hello" }, { "n": 2, "text": "again" } ],
      "description": "Send '${text}'.", "expectation": "It comes back.", "references": ["RFC 6455 5.6"],
      "steps": [ { "message": { "text": "${text}" } }, { "expect": { "message": "${text}" } } ] },
    { "id": "t.1.1", "description": "Wait.", "expectation": "Patience.", "references": ["RFC 6455 5.6"],
      "steps": [ { "wait": "50s" } ] },
    { "id": "h.1.1", "subjects": ["server"],
      "description": "Nothing for clients.", "expectation": "None.", "references": ["RFC 6455 4.2"], "steps": [] } ] })",
          "some.json");
  return all;
}

/// A fuzzing server beside the test's own coroutines.
class served {
 public:
  explicit served(const std::string& members = "", const std::string& url = "ws://127.0.0.1:0")
      : server_{context_.get_executor(), read(members, url), all_, nullptr} {
    asio::co_spawn(context_, server_.run(), [this](std::exception_ptr) { has_ended_ = true; });
  }
  ~served() {
    server_.stop();
    poll_until(context_, [this] { return has_ended_; });
  }

  void run(task<void> work) { support::run(context_, std::move(work)); }
  void await_end() {
    poll_until(context_, [this] { return has_ended_; });
  }
  fuzzing_server& server() { return server_; }
  asio::io_context& context() { return context_; }
  [[nodiscard]] std::string url(const std::string& target) const { return server_.url() + target; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  [[nodiscard]] websock::io::endpoint where() const {
    const auto parsed = websock::http::parse_url(server_.url());
    return {parsed.host, parsed.port, ""};
  }

 private:
  specification read(const std::string& members, const std::string& url) const {
    const json outdir = (folder_.path() / "reports").string();
    const std::string text = R"({"url": ")" + url + R"(", "outdir": )" + outdir.dump() + members + "}";
    return parse_specification(text, "spec.json", run_mode::fuzzing_server);
  }

  scratch_folder folder_;
  catalog all_ = some_cases();
  asio::io_context context_;
  fuzzing_server server_;
  bool has_ended_ = false;
};

// What comes to the end of a session that only listens.
task<std::string> ask(std::string url, const websock::connect_options& options) {
  auto session = co_await websock::connect(url, options);
  std::string text;
  while (auto message = co_await session.receive()) text += message->text();
  CHECK(session.was_clean());
  co_return text;
}
task<std::string> ask(std::string url) {
  const websock::connect_options none;
  auto text = co_await ask(std::move(url), none);
  co_return text;
}

task<void> echo_to_the_end(std::string url) {
  auto session = co_await websock::connect(url);
  while (auto message = co_await session.receive()) co_await session.send(*message);
}

std::string answer_of(served& one, const std::string& target) {
  std::string text;
  one.run([](std::string url, std::string& into) -> task<void> { into = co_await ask(url); }(one.url(target),
                                                                                             text));
  return text;
}

struct refusal {
  unsigned status = 0;
  std::string body;
};

// How a handshake is refused.
refusal refusal_of(served& one, const std::string& target) {
  refusal got;
  one.run([](std::string url, refusal& into) -> task<void> {
    try {
      auto session = co_await websock::connect(url);
    } catch (const websock::handshake_error& error) {
      into.status = static_cast<unsigned>(error.response().status);
      into.body = error.response().body;
    }
  }(one.url(target), got));
  return got;
}

// The answer to plain HTTP; `request` is its first line without the version.
websock::http::response http_answer(served& one, const std::string& request) {
  websock::http::response got;
  one.run([](websock::io::endpoint where, std::string line, websock::http::response& into) -> task<void> {
    auto client = co_await connect_http(where);
    into = co_await client.ask(line + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }(one.where(), request, got));
  return got;
}

unsigned status_of(const websock::http::response& response) { return static_cast<unsigned>(response.status); }

}  // namespace

TEST_CASE("a client asks how many cases there are") {
  served one;
  CHECK(one.server().case_count() == 3);
  CHECK(answer_of(one, "/getCaseCount") == "3");
}

TEST_CASE("a client asks what a case is") {
  served one;
  CHECK(json::parse(answer_of(one, "/getCaseInfo?case=2")) ==
        json{{"id", "1.1.2"}, {"description", "Send 'again'."}});
  CHECK(json::parse(answer_of(one, "/getCaseInfo?casetuple=t.1.1"))["id"] == "t.1.1");
}

TEST_CASE("a client runs a case and asks how it was") {
  served one;
  one.run(echo_to_the_end(one.url("/runCase?case=2&agent=My%20Client%2F1.0")));
  const json status = json::parse(answer_of(one, "/getCaseStatus?case=2&agent=My+Client/1.0"));
  CHECK(status["behavior"] == "OK");
  CHECK(status["behaviorClose"] == "OK");
  const case_result& result = one.server().results().agents().at("My Client/1.0").at("1.1.2");
  CHECK(result.number == 2);
  CHECK(result.is_server);
  CHECK(result.http_request.starts_with("GET /runCase?case=2&agent=My%20Client%2F1.0 HTTP/1.1\r\n"));
}

TEST_CASE("a case may be named by its id") {
  served one;
  one.run(echo_to_the_end(one.url("/runCase?casetuple=1.1.1&agent=a")));
  CHECK(json::parse(answer_of(one, "/getCaseStatus?casetuple=1.1.1&agent=a"))["behavior"] == "OK");
}

TEST_CASE("the status of a case under way waits for its end") {
  served one;
  std::string text;
  one.run([](const served& at, std::string& into) -> task<void> {
    auto session = co_await websock::connect(at.url("/runCase?case=1&agent=a"));
    const auto executor = co_await asio::this_coro::executor;
    websock::io::task_group asking{executor};
    asking.spawn([](std::string url, std::string& answer) -> task<void> { answer = co_await ask(url); }(
                                                              at.url("/getCaseStatus?case=1&agent=a"), into));
    while (auto message = co_await session.receive()) co_await session.send(*message);
    co_await asking.join();
  }(one, text));
  CHECK(json::parse(text)["behavior"] == "OK");
}

TEST_CASE("clients run cases side by side") {
  served one;
  one.run([](const served& at) -> task<void> {
    const auto executor = co_await asio::this_coro::executor;
    websock::io::task_group all{executor};
    for (int i = 0; i < 20; ++i) {
      const std::string agent = "agent" + std::to_string(i);
      all.spawn(echo_to_the_end(at.url("/runCase?case=1&agent=" + agent)));
      all.spawn(echo_to_the_end(at.url("/runCase?case=2&agent=" + agent)));
    }
    co_await all.join();
  }(one));
  CHECK(json::parse(answer_of(one, "/getCaseStatus?case=2&agent=agent19"))["behavior"] == "OK");
  CHECK(one.server().results().agents().size() == 20);
}

TEST_CASE("a wrong request is told what would be right") {
  served one;
  CHECK(refusal_of(one, "/runCase?case=4&agent=a").status == 404);
  CHECK(refusal_of(one, "/runCase?case=4&agent=a").body ==
        "there is no case 4: the cases of this run are 1 to 3\n");
  CHECK(refusal_of(one, "/runCase?case=0&agent=a").status == 404);
  CHECK(refusal_of(one, "/runCase?case=x&agent=a").status == 400);
  CHECK(refusal_of(one, "/runCase?case=1&case=2&agent=a").body == "case is given twice\n");
  CHECK(refusal_of(one, "/runCase?casetuple=h.1.1&agent=a").status == 404);
  CHECK(refusal_of(one, "/runCase?agent=a").body ==
        "which case? case=1 (or casetuple=1.1.1) is missing in the query\n");
  CHECK(refusal_of(one, "/runCase?case=1").body == "who is it? agent=NAME is missing in the query\n");
  CHECK(refusal_of(one, "/runCase?case=1&agent=%ff").status == 400);
  CHECK(refusal_of(one, "/runCase?case=1&agent=a%0ab").status == 400);
  CHECK(refusal_of(one, "/getCaseInfo").status == 400);
  CHECK(refusal_of(one, "/elsewhere").status == 404);
  CHECK(one.server().results().agents().empty());
}

TEST_CASE("a case that is excluded for an agent is closed at once") {
  served one{R"(, "exclude-agent-cases": {"old*": ["1.1.*"]})"};
  CHECK(answer_of(one, "/runCase?case=1&agent=old-client").empty());
  CHECK(json::parse(answer_of(one, "/getCaseStatus?case=1&agent=old-client")) ==
        json{{"behavior", "EXCLUDED"}});
  CHECK(one.server().results().agents().empty());
  one.run(echo_to_the_end(one.url("/runCase?case=1&agent=new-client")));
  CHECK(json::parse(answer_of(one, "/getCaseStatus?case=1&agent=new-client"))["behavior"] == "OK");
}

TEST_CASE("reports are written when a client asks, and served") {
  served one;
  CHECK(status_of(http_answer(one, "GET /reports/index.json")) == 404);
  one.run(echo_to_the_end(one.url("/runCase?case=1&agent=a")));
  CHECK(answer_of(one, "/updateReports?agent=a").empty());
  const auto index = http_answer(one, "GET /reports/index.json");
  REQUIRE(status_of(index) == 200);
  CHECK(json::parse(index.body)["a"]["1.1.1"]["behavior"] == "OK");
  CHECK(status_of(http_answer(one, "GET /reports/")) == 200);
  CHECK(http_answer(one, "GET /reports").fields.find("Location") == "/reports/");
}

TEST_CASE("reports that cannot be written are told") {
  served one;
  one.run(echo_to_the_end(one.url("/runCase?case=1&agent=a")));
  std::ofstream{one.folder() / "reports"} << "a file in the place of the folder";
  std::optional<websock::close_code> code;
  one.run([](std::string url, std::optional<websock::close_code>& into) -> task<void> {
    auto session = co_await websock::connect(url);
    co_await read_to_the_close(session);
    into = session.peer_close()->code;
  }(one.url("/updateReports?agent=a"), code));
  CHECK(code == websock::close_code::internal_error);
}

TEST_CASE("no path leads out of the reports") {
  served one;
  one.run(echo_to_the_end(one.url("/runCase?case=1&agent=a")));
  (void)answer_of(one, "/updateReports?agent=a");
  std::ofstream{one.folder() / "secret"} << "secret";
  for (const auto* const path :
       {"/reports/../secret", "/reports/%2e%2e/secret", "/reports/..%2fsecret", "/reports//../secret",
        "/reports/./../secret", "/reports/..\\secret", "/reports/%00", "/reports//etc/passwd", "/secret"}) {
    CAPTURE(path);
    const auto answer = http_answer(one, "GET " + std::string{path});
    CHECK((status_of(answer) == 404 || status_of(answer) == 400));
    CHECK(answer.body.find("secret") == std::string::npos);
  }
}

TEST_CASE("a browser gets a page and the list of cases") {
  served one;
  const auto page = http_answer(one, "GET /");
  CHECK(status_of(page) == 200);
  CHECK(page.fields.find("Content-Type") == "text/html; charset=utf-8");
  CHECK(page.body.find("getCaseStatus") != std::string::npos);
  CHECK(http_answer(one, "GET /?run&cases=1.*").body == page.body);
  const auto cases = http_answer(one, "GET /cases.json");
  CHECK(json::parse(cases.body)[1] == json{{"case", 2},
                                           {"id", "1.1.2"},
                                           {"group", "Echo"},
                                           {"subgroup", "Text"},
                                           {"description", "Send 'again'."}});
  const auto head = http_answer(one, "HEAD /");
  CHECK(head.body.empty());
  CHECK(head.fields.find("Content-Length") == std::to_string(page.body.size()));
}

TEST_CASE("plain HTTP elsewhere is told where it is") {
  served one;
  CHECK(status_of(http_answer(one, "GET /favicon.ico")) == 404);
  const auto upgrade = http_answer(one, "GET /runCase?case=1&agent=a");
  CHECK(status_of(upgrade) == 426);
  CHECK(upgrade.fields.find("Upgrade") == "websocket");
  CHECK(upgrade.fields.has_token("Connection", "Upgrade"));
  CHECK(upgrade.body == "This is for WebSocket clients: connect to " + one.url("/runCase") + "\n");
  const auto post = http_answer(one, "POST /");
  CHECK(status_of(post) == 405);
  CHECK(post.fields.find("Allow") == "GET, HEAD");
  CHECK(status_of(http_answer(one, "nonsense")) == 400);
}

TEST_CASE("a client may stop the server") {
  served one;
  CHECK(answer_of(one, "/stopServer").empty());
  one.await_end();
}

TEST_CASE("a client may have the reports written and stop the server") {
  served one;
  one.run(echo_to_the_end(one.url("/runCase?case=1&agent=a")));
  CHECK(answer_of(one, "/updateReports?agent=a&shutdownOnComplete=true").empty());
  one.await_end();
  CHECK(std::filesystem::exists(one.folder() / "reports" / "index.json"));
}

TEST_CASE("a case that a stop cuts short has no result") {
  served one;
  one.run([](std::string url) -> task<void> {
    auto session = co_await websock::connect(url);
  }(one.url("/runCase?case=1&agent=gone")));
  std::optional<websock::session> waiting;
  one.run([](std::string url, std::optional<websock::session>& into) -> task<void> {
    auto session = co_await websock::connect(url);
    into.emplace(std::move(session));
  }(one.url("/runCase?casetuple=t.1.1&agent=a"), waiting));
  one.server().stop();
  one.await_end();
  CHECK(one.server().results().agents().count("a") == 0);
}

TEST_CASE("the same over TLS") {
  const auto pair = certificates::shared().pair("server");
  const std::string members =
      R"(, "cert": )" + json(pair.certificate_file).dump() + R"(, "key": )" + json(pair.key_file).dump();
  served one{members, "wss://127.0.0.1:0"};
  CHECK(one.server().url().starts_with("wss://127.0.0.1:"));
  websock::connect_options options;
  options.tls.ca_file = certificates::shared().file("ca.pem");
  std::string text;
  one.run([](std::string url, const websock::connect_options& with, std::string& into) -> task<void> {
    into = co_await ask(url, with);
  }(one.url("/getCaseCount"), options, text));
  CHECK(text == "3");
}

TEST_CASE("our own client runs all cases") {
  served one{R"(, "exclude-cases": ["t.*"])"};
  specification wanted = default_specification(run_mode::testee_client);
  wanted.url = websock::http::parse_url(one.server().url());
  wanted.jobs = 3;
  std::vector<std::string> lines;
  testee_client client{wanted, "websock & friends", [&](const std::string& line) { lines.push_back(line); }};
  std::size_t count = 0;
  one.run([](testee_client& runs, std::size_t& into) -> task<void> { into = co_await runs.run(); }(client,
                                                                                                   count));
  CHECK(count == 2);
  CHECK(lines.size() == 3);
  CHECK(lines[0] == "2 cases at " + one.server().url() + " as websock & friends");
  for (const auto& [id, result] : one.server().results().agents().at("websock & friends")) {
    CAPTURE(id);
    CHECK(result.behavior == verdict::ok);
    CHECK(result.behavior_close == verdict::ok);
  }
  CHECK(std::filesystem::exists(one.folder() / "reports" / "index.html"));
}

TEST_CASE("our own client says when there is no fuzzing server") {
  served one;
  specification wanted = default_specification(run_mode::testee_client);
  wanted.url = websock::http::parse_url(one.server().url());
  one.server().stop();
  one.await_end();
  testee_client client{wanted, "a", nullptr};
  asio::io_context context;
  CHECK_THROWS_AS(support::run(context,
                               [](testee_client& runs) -> task<void> {
                                 const auto count = co_await runs.run();
                                 (void)count;
                               }(client)),
                  std::system_error);
}
