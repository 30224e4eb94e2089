// Plain HTTP on the server's port.
#include "server/scratch_folder.hpp"
#include "server/test_server.hpp"

using namespace support;
using namespace std::chrono_literals;
namespace http = websock::http;
using http::status;

namespace {

task<http::response> describe(const websock::http_context& context) {
  http::response response;
  response.body = context.request.method + " " + std::string{context.parameter("name")} + " " +
                  context.query("x").value_or("-") + " " + context.remote_address + " [" +
                  context.request.body + "]";
  co_return response;
}

task<http::response> fail(const websock::http_context&) {
  throw std::runtime_error{"the handler's secret"};
  co_return http::response{};
}

task<http::response> empty(const websock::http_context&) {
  http::response response;
  response.status = status::no_content;
  response.fields.add("Content-Length", "7");
  response.fields.add("Connection", "nonsense");
  co_return response;
}

websock::route_config route(std::string path, std::string handler) {
  websock::route_config made;
  made.path = std::move(path);
  made.handler = std::move(handler);
  return made;
}

// "/ws" for sessions, "/files" for files, the rest for handlers.
struct site : scratch_folder, websock::server {
  explicit site(websock::server_config config = one_route()) : server{with_routes(std::move(config))} {
    handle("ws", echo);
    handle_http("describe", describe);
    handle_http("fail", fail);
    handle_http("empty", empty);
    start();
  }

  websock::server_config with_routes(websock::server_config config) const {
    write("index.html", "home");
    write("large", std::string(3'000'000, 'L'));
    write("css/site.css", "body {}");
    config.routes.push_back(route("/describe/{name}", "describe"));
    config.routes.push_back(route("/fail", "fail"));
    config.routes.push_back(route("/empty", "empty"));
    config.routes.push_back(websock::route_config{"/files", "", path().string(), {}, {}, {}});
    return config;
  }

  /// One request on a connection of its own.
  http::response ask(std::string request) const {
    http::response got;
    asio::io_context context;
    support::run(context,
                 [](websock::io::endpoint where, std::string text, http::response& into) -> task<void> {
                   auto client = co_await connect_http(where);
                   into = co_await client.ask(text);
                 }(endpoints().at(0), std::move(request), got));
    return got;
  }
};

std::string get(const std::string& target, const std::string& fields = {}) {
  return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

}  // namespace

TEST_CASE("a_handler_sees_the_request_and_answers_it") {
  const site served;
  const auto got = served.ask(get("/describe/a%20b?x=1%202"));
  CHECK(got.status == status::ok);
  CHECK(got.body == "GET a b 1 2 127.0.0.1 []");
  CHECK(got.fields.find("Date")->ends_with(" GMT"));
  CHECK(served.ask("POST /describe/p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello").body ==
        "POST p - 127.0.0.1 [hello]");
  CHECK(served
            .ask("POST /describe/c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")
            .body == "POST c - 127.0.0.1 [hello]");
}

TEST_CASE("a_handler_that_throws_is_answered_500_without_its_text") {
  const site served;
  const auto got = served.ask(get("/fail"));
  CHECK(got.status == status::internal_server_error);
  CHECK(got.body == "Internal Server Error\n");
}

TEST_CASE("the_length_and_the_connection_are_the_servers_to_say") {
  const site served;
  const auto got = served.ask(get("/empty"));
  CHECK(got.status == status::no_content);
  CHECK(got.fields.count("Content-Length") == 0);
  CHECK(got.fields.count("Connection") == 0);
}

TEST_CASE("unknown_paths_and_plain_requests_to_sessions_are_refused") {
  const site served;
  CHECK(served.ask(get("/none")).status == status::not_found);
  CHECK(served.ask(get("/ws/")).status == status::not_found);
  CHECK(served.ask(get("/describe/%00")).status == status::not_found);
  CHECK(served.ask(get("/ws")).status == status::upgrade_required);
  const auto post = served.ask("POST /files/large HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  CHECK(post.status == status::method_not_allowed);
}

TEST_CASE("files_are_served_beside_handlers") {
  const site served;
  CHECK(served.ask(get("/files/")).body == "home");
  CHECK(served.ask(get("/files")).fields.find("Location") == "/files/");
  CHECK(served.ask(get("/files/css/site.css")).body == "body {}");
  CHECK(served.ask(get("/files/large")).body == std::string(3'000'000, 'L'));
  CHECK(served.ask(get("/files/large", "Range: bytes=2999998-\r\n")).body == "LL");
  CHECK(served.ask(get("/files/%2e%2e/etc/passwd")).status == status::not_found);
  const auto head = served.ask("HEAD /files/large HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(head.status == status::ok);
  CHECK(head.fields.find("Content-Length") == "3000000");
}

TEST_CASE("a_connection_serves_requests_one_after_the_other") {
  const site served;
  asio::io_context context;
  run(context, [](const site& served_site) -> task<void> {
    auto client = co_await connect_http(served_site.endpoints().at(0));
    std::string all;  // pipelined, cut anywhere
    for (int i = 0; i < 20; ++i) all += get("/describe/" + std::to_string(i));
    all += "HEAD /files/css/site.css HTTP/1.1\r\nHost: x\r\n\r\n" + get("/files/css/site.css");
    for (std::size_t start = 0; start < all.size(); start += 100)
      co_await client.send(all.substr(start, 100));
    for (int i = 0; i < 20; ++i) {
      const auto got = co_await client.receive();
      CHECK(got.body == "GET " + std::to_string(i) + " - 127.0.0.1 []");
    }
    const auto head = co_await client.receive(true);
    CHECK(head.fields.find("Content-Length") == "7");
    const auto file = co_await client.receive();
    CHECK(file.body == "body {}");
    const std::string last = get("/describe/last", "Connection: close\r\n");
    const auto closing = co_await client.ask(last);
    CHECK(closing.fields.find("Connection") == "close");
    const std::string rest = co_await client.read_to_the_end();
    CHECK(rest.empty());
  }(served));
}

TEST_CASE("http_1_0_keeps_the_connection_only_when_asked") {
  const site served;
  CHECK(served.ask("GET /describe/a HTTP/1.0\r\n\r\n").fields.find("Connection") == "close");
  CHECK(served.ask("GET /describe/a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").fields.find("Connection") ==
        "keep-alive");
}

TEST_CASE("a_client_may_wait_for_100_before_its_body") {
  const site served;
  asio::io_context context;
  run(context, [](const site& served_site) -> task<void> {
    auto client = co_await connect_http(served_site.endpoints().at(0));
    const std::string head =
        "POST /describe/p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    co_await client.send(head);
    std::byte interim[25];
    co_await client.stream().read_exactly(interim);
    CHECK(websock::as_text(interim) == "HTTP/1.1 100 Continue\r\n\r\n");
    const std::string body = "hello";
    const auto got = co_await client.ask(body);
    CHECK(got.body == "POST p - 127.0.0.1 [hello]");

    // Where nobody reads a body the final answer comes at once.
    const std::string refused =
        "POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    const auto final = co_await client.ask(refused);
    CHECK(final.status == status::not_found);
    CHECK(final.fields.find("Connection") == "close");
  }(served));
}

TEST_CASE("broken_and_oversized_requests_are_answered_and_end_the_connection") {
  auto config = one_route();
  config.http.body_bytes = 10;
  const site served{config};
  const auto check = [&](const std::string& request, status expected) {
    const auto got = served.ask(request);
    CHECK(got.status == expected);
    CHECK(got.fields.find("Connection") == "close");
  };
  check("nonsense\r\n\r\n", status::bad_request);
  check("GET / HTTP/1.1\r\n\r\n", status::bad_request);
  check("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", status::bad_request);
  check("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(20'000, 'a') + "\r\n\r\n",
        status::request_header_fields_too_large);
  check("POST /describe/a HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello world",
        status::content_too_large);
}

TEST_CASE("slow_and_silent_clients_are_cut_off") {
  auto config = one_route();
  config.handshake_timeout = 50ms;
  config.http_idle_timeout = 50ms;
  const site served{config};
  asio::io_context context;
  run(context, [](const site& served_site) -> task<void> {
    const auto where = served_site.endpoints().at(0);
    auto silent = co_await connect_http(where);
    const std::string nothing = co_await silent.read_to_the_end();
    CHECK(nothing.empty());

    auto slow = co_await connect_http(where);
    const std::string half = "GET /describe/a HTTP/1.1\r\nHost";
    co_await slow.send(half);
    const std::string also_nothing = co_await slow.read_to_the_end();
    CHECK(also_nothing.empty());

    auto idle = co_await connect_http(where);
    const std::string whole = get("/describe/a");
    const auto got = co_await idle.ask(whole);
    CHECK(got.status == status::ok);
    const std::string rest = co_await idle.read_to_the_end();
    CHECK(rest.empty());
  }(served));
}
