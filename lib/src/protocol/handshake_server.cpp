// Section 4.2: the server's side.
#include <algorithm>

#include "deflate_negotiation.hpp"
#include "extension_list.hpp"
#include "origin.hpp"
#include "websock/http/syntax.hpp"
#include "websock/protocol/handshake.hpp"

namespace websock::protocol {
namespace {

using refusal = std::optional<http::response>;

http::response refuse(http::status status, std::string_view text,
                      std::initializer_list<http::field> extra = {}) {
  http::response response{status, extra, std::string{text} + "\n"};
  response.fields.add("Content-Type", "text/plain; charset=utf-8");
  return response;
}

http::response refuse_malformed(std::string_view text) { return refuse(http::status::bad_request, text); }

// RFC 9110 section 15.5.22: "The server MUST send an Upgrade header field in a 426 response".
http::response require_upgrade(std::string_view text) {
  return refuse(http::status::upgrade_required, text,
                {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Version", "13"}});
}

// Section 4.2.1, 1: "An HTTP/1.1 or higher GET request".
refusal check_request_line(const http::request& request) {
  if (request.method != "GET") {
    return refuse(http::status::method_not_allowed, "A WebSocket handshake is a GET.", {{"Allow", "GET"}});
  }
  if (request.version_minor == 0) {
    return refuse(http::status::http_version_not_supported, "A WebSocket handshake needs HTTP/1.1.");
  }
  if (!request.body.empty()) return refuse_malformed("A WebSocket handshake has no body.");
  return std::nullopt;
}

// 2: "A |Host| header field containing the server's authority."
refusal check_host(const http::request& request) {
  if (request.fields.count("Host") != 1 || !http::parse_host(request.host())) {
    return refuse_malformed("Exactly one Host field is needed.");
  }
  return std::nullopt;
}

// 3: "An |Upgrade| header field containing the value "websocket", treated as an ASCII
// case-insensitive value." 4: "A |Connection| header field that includes the token "Upgrade",
// treated as an ASCII case-insensitive value."
refusal check_upgrade(const http::request& request) {
  if (!is_websocket_upgrade(request)) return require_upgrade("This resource speaks WebSocket only.");
  return std::nullopt;
}

// 6: "A |Sec-WebSocket-Version| header field, with a value of 13."
refusal check_version(const http::request& request) {
  const std::size_t count = request.fields.count("Sec-WebSocket-Version");
  if (count > 1) return refuse_malformed("Only one Sec-WebSocket-Version field is allowed.");
  // Section 4.2.2, 4: "If this version does not match a version understood by the server, the server
  // MUST abort the WebSocket handshake ... and instead send an appropriate HTTP error code (such as
  // 426 Upgrade Required) and a |Sec-WebSocket-Version| header field".
  if (request.fields.find("Sec-WebSocket-Version") != "13") {
    return require_upgrade("Only version 13 of WebSocket is supported.");
  }
  return std::nullopt;
}

bool is_base64_character(char character) noexcept {
  const char lower = http::to_lower(character);
  return (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') || lower == '+' || lower == '/';
}

// 5: "A |Sec-WebSocket-Key| header field with a base64-encoded (see Section 4 of [RFC4648]) value
// that, when decoded, is 16 bytes in length." That is 22 characters and "==". The four bits that are
// left over need not be zero: they are not in section 4.1's own example.
bool is_key(std::string_view value) noexcept {
  return value.size() == 24 && value.ends_with("==") &&
         std::all_of(value.begin(), value.end() - 2, is_base64_character);
}

refusal check_key(const http::request& request) {
  // Section 11.3.1: "The |Sec-WebSocket-Key| header field MUST NOT appear more than once in an HTTP
  // request."
  const auto key = request.fields.find("Sec-WebSocket-Key");
  if (request.fields.count("Sec-WebSocket-Key") != 1 || !is_key(*key)) {
    return refuse_malformed("Exactly one Sec-WebSocket-Key of 16 bytes in base64 is needed.");
  }
  return std::nullopt;
}

// Section 4.2.2, 4: "If the server does not validate the origin, it will accept connections from
// anywhere. If the server does not wish to accept this connection, it MUST return an appropriate
// HTTP error code (e.g., 403 Forbidden)".
refusal check_origin(const http::request& request, const std::vector<std::string>& allowed) {
  const auto origin = request.fields.find("Origin");
  if (!origin) return std::nullopt;
  if (request.fields.count("Origin") != 1) return refuse_malformed("Only one Origin field is allowed.");
  if (is_origin_allowed(*origin, request.host(), allowed)) return std::nullopt;
  return refuse(http::status::forbidden, "Pages of this origin may not connect.");
}

// What the client offers, held against what the server prefers. The lines of the field are read as
// one list (section 11.3.4 lets a client split it), from left to right and without a copy.
class subprotocol_choice {
 public:
  explicit subprotocol_choice(const std::vector<std::string>& preferred) : preferred_{preferred} {}

  // Section 4.1, 10: "The elements that comprise this value MUST be non-empty strings with
  // characters in the range U+0021 to U+007E not including separator characters", at least one.
  bool add_line(std::string_view line) {
    http::list_reader list{line};
    while (const auto element = list.next()) {
      if (!http::is_token(*element)) return false;
      offer(*element);
    }
    return true;
  }

  // Section 4.2.2, 4: "Either a single value representing the subprotocol the server is ready to use
  // or null."
  [[nodiscard]] std::string chosen() const { return best_ < preferred_.size() ? preferred_[best_] : ""; }
  [[nodiscard]] bool any() const noexcept { return any_; }

 private:
  void offer(std::string_view name) {
    any_ = true;
    const auto end = preferred_.begin() + static_cast<std::ptrdiff_t>(best_);
    best_ = static_cast<std::size_t>(std::find(preferred_.begin(), end, name) - preferred_.begin());
  }

  const std::vector<std::string>& preferred_;
  std::size_t best_ = preferred_.size();  // only what is preferred to this is looked for
  bool any_ = false;
};

refusal choose_subprotocol(const http::request& request, const std::vector<std::string>& preferred,
                           std::string& chosen) {
  subprotocol_choice choice{preferred};
  bool present = false;
  for (std::size_t index = 0; index < request.fields.size(); ++index) {
    const auto [name, value] = request.fields[index];
    if (!http::equals_ignoring_case(name, "Sec-WebSocket-Protocol")) continue;
    present = true;
    if (!choice.add_line(value)) return refuse_malformed("Sec-WebSocket-Protocol is no list of tokens.");
  }
  if (present && !choice.any()) return refuse_malformed("Sec-WebSocket-Protocol is empty.");
  chosen = choice.chosen();
  return std::nullopt;
}

// RFC 7692 section 5: "The order of elements is important as it specifies the client's preference. An
// element preceding another element has higher preference. It is recommended that a server accepts PMCEs
// with higher preference if the server supports them."
refusal choose_deflate(const http::request& request, const std::optional<deflate_options>& options,
                       std::optional<deflate_agreement>& agreement) {
  extension_list_reader list{request.fields};
  while (const auto name = list.next_extension()) {
    // Other extensions, and offers behind the one that is accepted, are declined by silence.
    if (!options || agreement || *name != permessage_deflate) continue;
    agreement = accept_deflate_offer(list, options->wanted);
  }
  // Section 9.1: "If a value is received by either the client or the server during negotiation that
  // does not conform to the ABNF below, the recipient of such malformed data MUST immediately _Fail the
  // WebSocket Connection_."
  if (list.malformed()) return refuse_malformed("Sec-WebSocket-Extensions is no list of extensions.");
  return std::nullopt;
}

// Section 4.2.2, 5.
http::response switch_protocols(const http::request& request, const std::string& subprotocol,
                                const std::optional<deflate_agreement>& deflate) {
  http::response response{http::status::switching_protocols, {}, {}};
  response.fields.reserve(6, 256);
  response.fields.add("Upgrade", "websocket");
  response.fields.add("Connection", "Upgrade");
  response.fields.add("Sec-WebSocket-Accept", accept_value(*request.fields.find("Sec-WebSocket-Key")));
  // "Optionally, a |Sec-WebSocket-Protocol| header field, with a value /subprotocol/".
  if (!subprotocol.empty()) response.fields.add("Sec-WebSocket-Protocol", subprotocol);
  // "Optionally, a |Sec-WebSocket-Extensions| header field, with a value /extensions/".
  if (deflate) response.fields.add("Sec-WebSocket-Extensions", deflate->answer);
  return response;
}

}  // namespace

std::variant<accepted, http::response> accept_handshake(const http::request& request,
                                                        const accept_options& options) {
  if (options.deflate) require_valid(*options.deflate);
  // Section 4.2.1: "If the server, while reading the handshake, finds that the client did not send a
  // handshake that matches the description below ..., the server MUST stop processing the client's
  // handshake and return an HTTP response with an appropriate error code (such as 400 Bad Request)."
  for (const auto check : {check_request_line, check_upgrade, check_host, check_version, check_key}) {
    if (auto response = check(request)) return std::move(*response);
  }
  if (auto response = check_origin(request, options.origins)) return std::move(*response);
  accepted result;
  if (auto response = choose_subprotocol(request, options.subprotocols, result.subprotocol)) {
    return std::move(*response);
  }
  std::optional<deflate_agreement> deflate;
  if (auto response = choose_deflate(request, options.deflate, deflate)) return std::move(*response);
  if (deflate) result.deflate = deflate->parameters;
  result.response = switch_protocols(request, result.subprotocol, deflate);
  return result;
}

}  // namespace websock::protocol
