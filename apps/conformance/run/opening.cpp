#include "run/opening.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "websock/core/bytes.hpp"
#include "websock/http/head_parser.hpp"
#include "websock/http/syntax.hpp"
#include "websock/protocol/handshake.hpp"

namespace conformance {
namespace {

using websock::http::equals_ignoring_case;

constexpr std::string_view end_of_line = "\r\n";

// Lines of a head in their order, without any rule.
class head_lines {
 public:
  void set(const std::string& name, std::vector<std::string> values) {
    const auto same = [&name](const auto& line) { return equals_ignoring_case(line.first, name); };
    const auto first = std::ranges::find_if(lines_, same);
    auto at = static_cast<std::size_t>(first - lines_.begin());
    std::erase_if(lines_, same);
    at = std::min(at, lines_.size());
    for (std::string& value : values) {
      lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(at++), {name, std::move(value)});
    }
  }

  void change(const handshake_script& script) {
    for (const field_change& one : script.fields) set(one.name, one.values);
  }

  [[nodiscard]] std::string write(const std::string& first_line) const {
    std::string text = first_line;
    text += end_of_line;
    for (const auto& [name, value] : lines_) text.append(name).append(": ").append(value).append(end_of_line);
    return text.append(end_of_line);
  }

 private:
  std::vector<std::pair<std::string, std::string>> lines_;
};

std::string fill_in(std::string text, const std::vector<std::pair<std::string, std::string>>& values) {
  for (const auto& [name, value] : values) {
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size())) {
      text.replace(at, name.size(), value);
    }
  }
  return text;
}

std::string or_else(const std::string& text, const std::string& other) { return text.empty() ? other : text; }

bool is_switch(const websock::http::fields& fields, std::string& problem) {
  if (fields.count("Upgrade") != 1 || !equals_ignoring_case(*fields.find("Upgrade"), "websocket")) {
    problem = "the 101 has no \"Upgrade: websocket\"";
  } else if (!fields.has_token("Connection", "Upgrade")) {
    problem = "the 101 has no \"Connection: Upgrade\"";
  } else if (fields.count("Sec-WebSocket-Accept") != 1) {
    problem = "the 101 has not one Sec-WebSocket-Accept";
  }
  return problem.empty();
}

websock::http::request parse_own(const std::string& octets) {
  websock::http::request_parser parser{{}};
  websock::bytes_view input = websock::as_bytes(octets);
  const std::error_code ignored = parser.parse(input);
  return ignored || !parser.head_done() ? websock::http::request{} : parser.request();
}

void judge_open(judged_response& judged, const websock::http::fields& request, const std::string& key,
                const websock::http::fields& answer) {
  if (!is_switch(answer, judged.problem)) return;
  if (*answer.find("Sec-WebSocket-Accept") != websock::protocol::accept_value(key)) {
    judged.problem = "Sec-WebSocket-Accept does not belong to the key";
    return;
  }
  const auto chosen = answer.find("Sec-WebSocket-Protocol");
  if (chosen && (answer.count("Sec-WebSocket-Protocol") != 1 ||
                 !request.has_token("Sec-WebSocket-Protocol", *chosen))) {
    judged.problem = "the 101 has a subprotocol that was not asked for";
    return;
  }
  deflate_answer deflate = judge_answer(request, answer);
  judged.problem = std::move(deflate.problem);
  judged.deflate = deflate.agreed;
  judged.is_open = judged.problem.empty();
}

std::string missing_field(const handshake_script& script, const websock::http::fields& answer) {
  for (const auto& [name, value] : script.response_fields) {
    const auto found = answer.find(name);
    if (!found) return "the response has no field " + name;
    if (value != "*" && !answer.has_token(name, value) && *found != value)
      return "the response's " + name + " is not \"" + value + "\"";
  }
  return {};
}

}  // namespace

std::string write_request(const test_case& script, const server_address& server, const std::string& key,
                          std::uint64_t seed) {
  const handshake_script wanted = script.handshake.value_or(handshake_script{});
  const std::string target = or_else(wanted.target, server.target);
  std::string octets;
  if (wanted.raw) {
    octets =
        fill_in(wanted.raw->make(seed), {{"${host}", server.host}, {"${path}", target}, {"${key}", key}});
  } else {
    head_lines lines;
    lines.set("User-Agent", {"websock-conformance"});
    lines.set("Host", {server.host});
    lines.set("Upgrade", {"websocket"});
    lines.set("Connection", {"Upgrade"});
    lines.set("Pragma", {"no-cache"});
    lines.set("Cache-Control", {"no-cache"});
    lines.set("Sec-WebSocket-Key", {key});
    lines.set("Sec-WebSocket-Version", {"13"});
    if (script.deflate && !script.deflate->offer.empty())
      lines.set("Sec-WebSocket-Extensions", {script.deflate->offer});
    lines.change(wanted);
    octets =
        lines.write(or_else(wanted.method, "GET") + " " + target + " " + or_else(wanted.version, "HTTP/1.1"));
  }
  return octets;
}

judged_response judge_response(const test_case& script, const std::string& request, const std::string& key,
                               const websock::http::response& response) {
  judged_response judged;
  const handshake_script wanted = script.handshake.value_or(handshake_script{});
  std::vector<unsigned> statuses = wanted.statuses;
  if (statuses.empty()) statuses.push_back(101);
  const auto status = static_cast<unsigned>(response.status);
  if (std::ranges::find(statuses, status) == statuses.end()) {
    judged.problem = "the answer is " + std::to_string(status) + ", not " + std::to_string(statuses.front());
    if (statuses.size() > 1) judged.problem += " or another one that is right here";
    return judged;
  }
  judged.problem = missing_field(wanted, response.fields);
  if (judged.problem.empty() && status == 101) {
    const auto own = parse_own(request);
    const std::string sent{own.fields.find("Sec-WebSocket-Key").value_or(key)};
    judge_open(judged, own.fields, sent, response.fields);
  }
  if (judged.is_open && script.deflate && script.deflate->agreed &&
      *script.deflate->agreed != judged.deflate.has_value()) {
    judged.problem =
        judged.deflate ? "permessage-deflate was agreed to" : "permessage-deflate was not agreed to";
  }
  return judged;
}

made_response write_response(const test_case& script, const websock::http::request& request,
                             std::uint64_t seed) {
  made_response made;
  const handshake_script wanted = script.handshake.value_or(handshake_script{});
  const std::string accept =
      websock::protocol::accept_value(request.fields.find("Sec-WebSocket-Key").value_or(""));
  if (wanted.raw) {
    made.octets = fill_in(wanted.raw->make(seed), {{"${accept}", accept}});
    return made;
  }
  head_lines lines;
  lines.set("Server", {"websock-conformance"});
  lines.set("Upgrade", {"websocket"});
  lines.set("Connection", {"Upgrade"});
  lines.set("Sec-WebSocket-Accept", {accept});
  if (script.deflate) {
    if (auto answer = make_answer(request.fields, script.deflate->accept)) {
      lines.set("Sec-WebSocket-Extensions", {answer->field});
      made.deflate = answer->agreed;
    }
  }
  lines.change(wanted);
  const unsigned status = wanted.status.value_or(101);
  const std::string phrase = or_else(wanted.reason_phrase, status == 101 ? "Switching Protocols" : "Answer");
  made.octets =
      lines.write(or_else(wanted.version, "HTTP/1.1") + " " + std::to_string(status) + " " + phrase);
  return made;
}

std::string judge_request(const websock::http::request& request) {
  const auto key = request.fields.find("Sec-WebSocket-Key");
  if (request.method != "GET") return "the method is not GET";
  if (request.host().empty()) return "there is no Host";
  if (!request.fields.has_token("Upgrade", "websocket")) return "there is no \"Upgrade: websocket\"";
  if (!request.fields.has_token("Connection", "Upgrade")) return "there is no \"Connection: Upgrade\"";
  if (request.fields.find("Sec-WebSocket-Version") != "13") return "Sec-WebSocket-Version is not 13";
  if (request.fields.count("Sec-WebSocket-Key") != 1 || key->size() != 24)
    return "Sec-WebSocket-Key is not 16 octets in base64";
  if (!is_well_formed(request.fields)) return "Sec-WebSocket-Extensions is malformed";
  return {};
}

}  // namespace conformance
