// Section 4.1: the client's side.
#include <algorithm>

#include "authorization.hpp"
#include "deflate_negotiation.hpp"
#include "digest.hpp"
#include "extension_list.hpp"
#include "websock/core/error.hpp"
#include "websock/http/syntax.hpp"
#include "websock/protocol/handshake.hpp"

namespace websock::protocol {
namespace {

using http::equals_ignoring_case;

[[noreturn]] void fail(const std::string& what) { throw std::system_error{errc::field_invalid, what}; }

// Fields that the handshake sets itself, and those that would make a body of what follows.
bool is_reserved(std::string_view name) noexcept {
  constexpr std::string_view prefix = "Sec-WebSocket-";
  if (equals_ignoring_case(name.substr(0, prefix.size()), prefix)) return true;
  constexpr std::string_view names[] = {"Host", "Upgrade", "Connection", "Content-Length",
                                        "Transfer-Encoding"};
  return std::any_of(std::begin(names), std::end(names),
                     [name](std::string_view one) { return equals_ignoring_case(one, name); });
}

// Section 4.1, 10: "The elements that comprise this value MUST be non-empty strings with characters
// in the range U+0021 to U+007E not including separator characters as defined in [RFC2616] and MUST
// all be unique strings."
std::string join_subprotocols(const std::vector<std::string>& offered) {
  std::string list;
  for (auto name = offered.begin(); name != offered.end(); ++name) {
    if (!http::is_token(*name)) fail("a subprotocol is no token");
    if (std::find(offered.begin(), name, *name) != name) fail("\"" + *name + "\" is offered twice");
    if (!list.empty()) list += ", ";
    list += *name;
  }
  return list;
}

void add_extra(http::fields& fields, const http::fields& extra) {
  for (std::size_t index = 0; index < extra.size(); ++index) {
    const auto [name, value] = extra[index];
    if (is_reserved(name)) fail("field \"" + std::string{name} + "\" is set by the handshake itself");
    fields.add(name, value);
  }
}

void add_authorization(http::fields& fields, const std::string& userinfo) {
  if (userinfo.empty() || fields.count("Authorization") != 0) return;
  fields.add("Authorization", basic_authorization_of(userinfo));
}

// Steps 2, 3 and 4 of the client's validation.
bool is_switch(const http::fields& fields, std::string_view key) {
  // 2: "If the response lacks an |Upgrade| header field or the |Upgrade| header field contains a
  // value that is not an ASCII case-insensitive match for the value "websocket", the client MUST
  // _Fail the WebSocket Connection_."
  const auto upgrade = fields.find("Upgrade");
  if (fields.count("Upgrade") != 1 || !equals_ignoring_case(*upgrade, "websocket")) return false;
  // 3: "If the response lacks a |Connection| header field or the |Connection| header field doesn't
  // contain a token that is an ASCII case-insensitive match for the value "Upgrade"".
  if (!fields.has_token("Connection", "Upgrade")) return false;
  // 4: "If the response lacks a |Sec-WebSocket-Accept| header field or the |Sec-WebSocket-Accept|
  // contains a value other than the base64-encoded SHA-1 of the concatenation of the
  // |Sec-WebSocket-Key| ... with the string "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" but ignoring any
  // leading and trailing whitespace" (which a field's value has not).
  const auto accept = fields.find("Sec-WebSocket-Accept");
  return fields.count("Sec-WebSocket-Accept") == 1 && accept == accept_value(key);
}

}  // namespace

client_handshake::client_handshake(const http::url& url, const request_options& options) {
  // Section 4.1, 7: "a nonce consisting of a randomly selected 16-byte value that has been
  // base64-encoded ... The nonce MUST be selected randomly for each connection."
  key_ = base64(random_octets(16));
  request_.method = "GET";
  request_.target = url.target;
  http::fields& fields = request_.fields;
  fields.add("Host", url.authority());
  fields.add("Upgrade", "websocket");
  fields.add("Connection", "Upgrade");
  fields.add("Sec-WebSocket-Key", key_);
  fields.add("Sec-WebSocket-Version", "13");
  const std::string offered = join_subprotocols(options.subprotocols);
  if (!offered.empty()) fields.add("Sec-WebSocket-Protocol", offered);
  if (options.deflate) {
    require_valid(*options.deflate);
    offered_ = options.deflate->wanted;
    fields.add("Sec-WebSocket-Extensions", deflate_offer(*offered_));
  }
  add_extra(fields, options.fields);
  add_authorization(fields, url.userinfo);
}

std::error_code client_handshake::check(const http::response& response) {
  // 1: "If the status code received from the server is not 101, the client handles the response per
  // HTTP [RFC2616] procedures."
  if (response.status != http::status::switching_protocols) return errc::handshake_refused;
  const http::fields& fields = response.fields;
  if (!is_switch(fields, key_)) return errc::handshake_invalid;
  if (const auto error = check_subprotocol(fields)) return error;
  const auto error = check_extensions(fields);
  if (error) subprotocol_.clear();  // nothing is agreed on by an answer that is refused
  return error;
}

// 5: "If the response includes a |Sec-WebSocket-Extensions| header field and this header field
// indicates the use of an extension that was not present in the client's handshake ..., the client MUST
// _Fail the WebSocket Connection_."
std::error_code client_handshake::check_extensions(const http::fields& fields) {
  // Section 11.3.2: "the |Sec-WebSocket-Extensions| header field MUST NOT appear more than once in an
  // HTTP response."
  if (fields.count("Sec-WebSocket-Extensions") > 1) return errc::handshake_invalid;
  std::optional<deflate_parameters> agreed;
  extension_list_reader list{fields};
  while (const auto name = list.next_extension()) {
    if (!offered_ || *name != permessage_deflate) return errc::extension_not_offered;
    // RFC 7692 section 5, of extensions that "conflict ... on their use of the RSV1 bit", which two of
    // these do: "A client that received a response accepting a PMCE extension negotiation offer together
    // with such an extension MUST _Fail the WebSocket Connection_."
    if (agreed) return errc::extension_invalid;
    agreed = check_deflate_answer(list, *offered_);
    if (!agreed) return errc::extension_invalid;
  }
  // Section 9.1: "If a value is received by either the client or the server during negotiation that
  // does not conform to the ABNF below, the recipient of such malformed data MUST immediately _Fail the
  // WebSocket Connection_."
  if (list.malformed()) return errc::extension_invalid;
  deflate_ = agreed;
  return {};
}

// 6: "If the response includes a |Sec-WebSocket-Protocol| header field and this header field indicates
// the use of a subprotocol that was not present in the client's handshake ..., the client MUST _Fail
// the WebSocket Connection_."
std::error_code client_handshake::check_subprotocol(const http::fields& fields) {
  const auto chosen = fields.find("Sec-WebSocket-Protocol");
  if (!chosen) return {};
  // Section 11.3.4: "The |Sec-WebSocket-Protocol| header field MUST NOT appear more than once in an
  // HTTP response."
  if (fields.count("Sec-WebSocket-Protocol") != 1) return errc::handshake_invalid;
  const std::string_view offered = request_.fields.find("Sec-WebSocket-Protocol").value_or("");
  for (http::list_reader list{offered}; const auto name = list.next();) {
    if (*name == *chosen) {
      subprotocol_ = *chosen;
      return {};
    }
  }
  return errc::subprotocol_not_offered;
}

}  // namespace websock::protocol
