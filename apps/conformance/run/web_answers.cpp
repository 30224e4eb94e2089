#include "run/web_answers.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "embedded.hpp"
#include "websock/io/timer.hpp"

namespace conformance {
namespace {

namespace http = websock::http;
using http::status;
using websock::file_response;

constexpr std::size_t piece_size = 64 * 1024;
constexpr websock::duration answer_time = std::chrono::seconds{60};
constexpr websock::duration linger_time = std::chrono::seconds{2};

constexpr std::string_view endpoints[] = {"/getCaseCount",  "/runCase",       "/getCaseInfo",
                                          "/getCaseStatus", "/updateReports", "/stopServer"};

http::response content(std::string_view type, std::string body) {
  http::response response;
  response.fields.add("Content-Type", type);
  response.body = std::move(body);
  return response;
}

http::response not_found() {
  return text_answer(status::not_found,
                     "There is nothing here. / is a page that tests a browser, /reports/ has the reports, "
                     "/cases.json lists the cases; clients run them by /runCase?case=1&agent=NAME.");
}

http::response redirect_to(std::string_view location) {
  http::response response = text_answer(status::permanent_redirect, std::string{location});
  response.fields.add("Location", location);
  return response;
}

file_response whole(http::response response) {
  file_response answer;
  answer.content_length = response.body.size();
  answer.head = std::move(response);
  return answer;
}

// The folder may come to be, or go, at any time: it is opened for each request.
file_response answer_report(const http::request& request, std::string_view path, const std::string& outdir) {
  try {
    return websock::static_files{outdir}.serve(request, path);
  } catch (const std::system_error&) {
    return whole(text_answer(status::not_found,
                             "There are no reports yet: they are written by /updateReports and at the end."));
  }
}

http::response answer_own(std::string_view path, const case_list& cases, const std::string& base) {
  if (path == "/") return content("text/html; charset=utf-8", std::string{embedded("page/page.html")});
  if (path == "/cases.json") return content("application/json", cases_as_json(cases));
  if (path == "/reports") return redirect_to("/reports/");
  if (is_endpoint(path)) return upgrade_answer(base + std::string{path});
  return not_found();
}

std::string head_of(file_response& answer) {
  http::fields& fields = answer.head.fields;
  fields.set("Content-Length", std::to_string(answer.content_length));
  fields.set("Cache-Control", "no-store");  // a report changes with the next run
  if (answer.head.status != status::upgrade_required) fields.set("Connection", "close");
  return http::serialize_head(answer.head);
}

websock::task<void> write_file(websock::io::byte_stream& stream, websock::file_body& file) {
  std::vector<std::byte> piece(piece_size);
  while (file.remaining != 0) {
    const std::size_t count = file.read(piece);
    // The length is promised; a file that shrank can only be told by ending the connection.
    if (count == 0) throw std::system_error{std::make_error_code(std::errc::io_error), "report"};
    const websock::bytes_view octets = websock::bytes_view{piece}.first(count);
    co_await stream.write(octets);
  }
}

websock::task<void> write_answer(websock::io::byte_stream& stream, const http::request& request,
                                 file_response& answer) {
  std::string octets = head_of(answer);
  const bool has_body = request.method != "HEAD";
  if (has_body) octets += answer.head.body;
  co_await stream.write(octets);
  if (has_body) co_await write_file(stream, answer.file);
}

websock::task<void> read_to_end(websock::io::byte_stream& stream) {
  std::array<std::byte, 4096> dropped;
  while (true) {
    const std::size_t count = co_await stream.read_some(dropped);
    if (count == 0) co_return;
  }
}

}  // namespace

http::response text_answer(status code, const std::string& line) {
  http::response response = content("text/plain; charset=utf-8", line + "\n");
  response.status = code;
  return response;
}

http::response upgrade_answer(const std::string& url) {
  http::response response =
      text_answer(status::upgrade_required, "This is for WebSocket clients: connect to " + url);
  response.fields.add("Upgrade", "websocket");
  // RFC 9110 section 7.8: "A sender of Upgrade MUST also send an "Upgrade" connection option".
  response.fields.add("Connection", "Upgrade, close");
  return response;
}

std::string cases_as_json(const case_list& cases) {
  auto list = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const test_case& one = *cases[i];
    list.push_back({{"case", i + 1},
                    {"id", one.id},
                    {"group", one.group},
                    {"subgroup", one.subgroup},
                    {"description", one.description}});
  }
  return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

file_response answer_plain(const http::request& request, const case_list& cases, const std::string& outdir,
                           const std::string& base) {
  if (request.method != "GET" && request.method != "HEAD") {
    http::response refusal = text_answer(status::method_not_allowed, "Only GET and HEAD are answered here.");
    refusal.fields.add("Allow", "GET, HEAD");
    return whole(std::move(refusal));
  }
  constexpr std::string_view reports = "/reports/";
  const std::string_view path = request.path();
  if (path.starts_with(reports)) return answer_report(request, path.substr(reports.size()), outdir);
  return whole(answer_own(path, cases, base));
}

bool is_endpoint(std::string_view path) noexcept {
  return std::ranges::find(endpoints, path) != std::end(endpoints);
}

websock::task<void> send_last(websock::io::byte_stream& stream, const http::request& request,
                              file_response& answer) {
  websock::task<void> writing = write_answer(stream, request, answer);
  co_await websock::io::with_timeout(std::move(writing), answer_time);
  stream.shutdown_send();
  try {
    websock::task<void> reading = read_to_end(stream);
    co_await websock::io::with_timeout(std::move(reading), linger_time);
  } catch (const std::system_error&) {  // then it is gone, or stays for longer than we do
  }
  stream.close();
}

websock::task<void> send_last(websock::io::byte_stream& stream, const http::request& request,
                              http::response answer) {
  file_response all = whole(std::move(answer));
  co_await send_last(stream, request, all);
}

}  // namespace conformance
