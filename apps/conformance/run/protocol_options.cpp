#include "run/protocol_options.hpp"

#include <iterator>
#include <string_view>

#include "server/config_node.hpp"

namespace conformance {
namespace {

using websock::config_key;
using websock::config_node;

// Autobahn counts in seconds, and means "forever" by 0. Waiting for a peer has a deadline here.
websock::duration seconds(const config_node& value) {
  const double time = value.value().is_number() ? value.value().get<double>() : 0;
  if (!(time >= 0.001 && time <= 3600)) value.fail_expected("seconds, from 0.001 to 3600");
  return std::chrono::round<websock::duration>(std::chrono::duration<double>{time});
}

void check_version(const config_node& value, peer_timeouts&) {
  // The draft's number. From 13 on all of them are RFC 6455.
  (void)value.number(13, 18);
}

void read_nothing(const config_node&, peer_timeouts&) {}

constexpr config_key<peer_timeouts> obeyed[] = {
    {"openHandshakeTimeout",
     [](const config_node& value, peer_timeouts& into) { into.open = seconds(value); }},
    {"closeHandshakeTimeout",
     [](const config_node& value, peer_timeouts& into) { into.close = seconds(value); }},
    {"serverConnectionDropTimeout",
     [](const config_node& value, peer_timeouts& into) { into.drop = seconds(value); }},
    {"version", check_version},
};

// What Autobahn's endpoints may be told to do. A runner's wire is what its scripts say, so that results of
// two specifications can be compared.
constexpr std::string_view ignored[] = {
    "acceptMaskedServerFrames",
    "allowedOrigins",
    "allowNullOrigin",
    "applyMask",
    "autoFragmentSize",
    "autoPingInterval",
    "autoPingSize",
    "autoPingTimeout",
    "echoCloseCodeReason",
    "failByDrop",
    "flashSocketPolicy",
    "logFrames",
    "logOctets",
    "maskClientFrames",
    "maskServerFrames",
    "maxConnections",
    "maxFramePayloadSize",
    "maxMessagePayloadSize",
    "requireMaskedClientFrames",
    "serveFlashSocketPolicy",
    "tcpNoDelay",
    "trackTimings",
    "utf8validateIncoming",
    "versions",
    "webStatus",
};

std::vector<config_key<peer_timeouts>> accepted_keys() {
  std::vector<config_key<peer_timeouts>> keys{std::begin(obeyed), std::end(obeyed)};
  for (const std::string_view name : ignored) keys.push_back({name, read_nothing});
  return keys;
}

// Every specification in the world says "failByDrop": false, and that is what this runner does.
bool is_what_we_do(const config_node& at, std::string_view name) {
  return name == "failByDrop" && !at.member(name).flag();
}

}  // namespace

void read_protocol_options(const config_node& at, peer_timeouts& into, std::vector<std::string>& notes) {
  const auto keys = accepted_keys();
  at.read<peer_timeouts>(keys, into);
  for (const std::string_view name : ignored) {
    if (!at.has(name) || is_what_we_do(at, name)) continue;
    notes.push_back("the option \"" + std::string{name} +
                    "\" is ignored: what is sent is what the cases say");
  }
}

}  // namespace conformance
