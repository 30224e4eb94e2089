// A server's configuration: it is read, or what is wrong with it is said, with the place.
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "fuzz/input.hpp"
#include "fuzz/require.hpp"
#include "websock/server/config.hpp"

using namespace websock;
using namespace websock::test;

namespace {

// There is nothing in it, so that no file is found by a relative name.
const std::string no_folder = "/nonexistent";

std::string_view number(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && std::isdigit(static_cast<unsigned char>(text[size])) != 0) ++size;
  const std::string_view digits = text.substr(0, size);
  text.remove_prefix(size);
  return digits;
}

// "x:LINE:COLUMN: " and a problem, in one printable line.
void check_problem(std::string_view what) {
  require(what.starts_with("x:"));
  what.remove_prefix(2);
  require(!number(what).empty() && what.starts_with(':'));
  what.remove_prefix(1);
  require(!number(what).empty() && what.starts_with(": ") && what.size() > 2);
}

std::optional<server_config> read(std::string_view text) {
  try {
    return parse_config(text, "x", no_folder);
  } catch (const config_error& error) {
    check_problem(error.what());
    return std::nullopt;
  }
}

bool are_equal(const route_config& left, const route_config& right) {
  const session_options& one = left.session;
  const session_options& two = right.session;
  return left.path == right.path && left.handler == right.handler && left.static_root == right.static_root &&
         left.subprotocols == right.subprotocols && left.origins == right.origins &&
         one.limits.message == two.limits.message && one.limits.fragments == two.limits.fragments &&
         one.permessage_deflate == two.permessage_deflate && one.high_water_mark == two.high_water_mark &&
         one.timeouts.idle == two.timeouts.idle && one.keepalive.ping_interval == two.keepalive.ping_interval;
}

bool are_equal(const server_config& left, const server_config& right) {
  return left.listeners == right.listeners && left.threads == right.threads &&
         std::ranges::equal(left.routes, right.routes,
                            [](const auto& one, const auto& two) { return are_equal(one, two); }) &&
         left.connections.total == right.connections.total && left.http.head_bytes == right.http.head_bytes &&
         left.handshake_timeout == right.handshake_timeout && left.drain_timeout == right.drain_timeout;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz_input{data, size}.all_text();
  const auto config = read(text);
  if (!config) return 0;
  require(!config->routes.empty() && !config->listeners.empty());
  // The order of keys and the blanks between them say nothing.
  const auto again = read(nlohmann::json::parse(text).dump(2));
  require(again && are_equal(*config, *again));
  return 0;
}
