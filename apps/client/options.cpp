#include "options.hpp"

#include <string_view>
#include <system_error>
#include <vector>

#include "command.hpp"
#include "websock/core/units.hpp"
#include "websock/http/url.hpp"

namespace {

// As it was typed.
struct words {
  std::vector<std::string> fields;
  std::string timeout = "10s";
  std::string linger = "0s";
  std::string message_limit = "64MiB";
  bool insecure = false;
  bool no_proxy = false;
  bool no_compression = false;
};

const char* const exit_codes =
    "Exit codes:\n"
    "  0  closed cleanly: with 1000, 1001 or no code\n"
    "  1  the connection was lost, or closed with another code; --exec got no reply\n"
    "  2  wrong command line, URL or file\n"
    "  3  not connected: refused, no route, timeout, TLS, no WebSocket there, interrupted\n";

void declare_request(CLI::App& app, options& into, words& text) {
  app.add_option("--header", text.fields, "field of the request; may be repeated")
      ->type_name("\"NAME: VALUE\"")
      ->allow_extra_args(false);
  app.add_option("--subprotocol", into.connect.subprotocols, "subprotocol to offer; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_option("--origin", into.connect.origin, "value of the Origin field")->type_name("ORIGIN");
  app.add_option("--max-redirects", into.connect.max_redirects, "redirects to follow (default: 5)")
      ->type_name("N");
}

void declare_network(CLI::App& app, options& into, words& text) {
  app.add_option("--ca", into.connect.tls.ca_file, "trust these certificates (PEM), not the system's")
      ->type_name("FILE");
  app.add_flag("--insecure", text.insecure, "take any certificate: protects from nobody active");
  auto* certificate =
      app.add_option("--cert", into.connect.tls.identity.certificate_file, "our own certificate (PEM)")
          ->type_name("FILE");
  app.add_option("--key", into.connect.tls.identity.key_file, "its key (PEM; default: in the --cert file)")
      ->type_name("FILE")
      ->needs(certificate);
  auto* proxy = app.add_option("--proxy", into.connect.proxy,
                               "http, https, socks5 or socks5h URL (default: the environment's, as curl's)")
                    ->type_name("URL");
  app.add_flag("--no-proxy", text.no_proxy, "none, whatever the environment says")->excludes(proxy);
}

void declare_session(CLI::App& app, options& into, words& text) {
  app.add_option("--exec", into.only_message, "send this, print one reply, close")->type_name("TEXT");
  app.add_flag("--binary", into.binary, "send lines as binary messages");
  app.add_flag("--raw", into.raw, "lines are messages, also those that begin with \"/\"");
  app.add_option(
         "--timeout", text.timeout,
         "for connecting, a reply to --exec or /ping, closing: \"500ms\", \"1min\", \"none\" (default: 10s)")
      ->type_name("TIME");
  app.add_option("--linger", text.linger,
                 "at the end of input, close once nothing has come for so long (default: 0s)")
      ->type_name("TIME");
  app.add_option("--max-message", text.message_limit, "largest message, either way (default: 64MiB)")
      ->type_name("SIZE");
  app.add_flag("--no-compression", text.no_compression, "do not offer permessage-deflate");
  app.add_flag("--verbose", into.verbose, "show the handshake and what TLS has agreed on");
}

void add_field(websock::http::fields& fields, const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos)
    throw usage_error{"--header: expected \"Name: value\", got \"" + text + "\""};
  const std::string_view all = text;
  if (!fields.try_add(all.substr(0, colon), all.substr(colon + 1))) {
    throw usage_error{"--header: \"" + text.substr(0, colon) +
                      "\" is no field name, or its value has control characters"};
  }
}

websock::duration read_time(const std::string& option, const std::string& text) {
  if (const auto time = websock::parse_duration(text)) return *time;
  throw usage_error{option + ": expected a time such as 10s, 500ms or none, got \"" + text + "\""};
}

void set_limits(options& into, const words& text) {
  const auto size = websock::parse_size(text.message_limit);
  if (!size || *size == 0) {
    throw usage_error{"--max-message: expected a size such as 64MiB or a number of bytes, got \"" +
                      text.message_limit + "\""};
  }
  into.timeout = read_time("--timeout", text.timeout);
  into.linger = read_time("--linger", text.linger);
  auto& session = into.connect.session;
  session.timeouts.handshake = session.timeouts.close = into.timeout;
  session.limits.message = *size;
  if (!text.no_compression) session.permessage_deflate.emplace();
  // When our output is not taken (a pager, say), the server's data waits and so may ours: that is no failure.
  session.timeouts.send = websock::no_timeout;
}

}  // namespace

options parse_options(CLI::App& app, int argc, char** argv) {
  options wanted;
  words text;
  app.add_option("URL", wanted.url, "ws://, wss:// or ws+unix: URL")->required()->type_name("");
  declare_request(app, wanted, text);
  declare_network(app, wanted, text);
  declare_session(app, wanted, text);
  app.set_version_flag("--version", "websock-client " WEBSOCK_VERSION);
  app.footer("Lines of standard input are messages, or commands:\n" + std::string{command_list} + '\n' +
             exit_codes);
  app.parse(argc, argv);

  for (const auto& field : text.fields) add_field(wanted.connect.fields, field);
  set_limits(wanted, text);
  auto& tls = wanted.connect.tls;
  tls.verify_peer = !text.insecure;
  if (tls.identity.key_file.empty()) tls.identity.key_file = tls.identity.certificate_file;
  wanted.connect.proxy_from_environment = !text.no_proxy;
  return wanted;
}
