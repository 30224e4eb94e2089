#include "options.hpp"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <limits>
#include <map>
#include <string_view>

#include "websock/http/url.hpp"

namespace load {
namespace {

constexpr std::size_t most_connections = 1'000'000;
constexpr std::size_t most_threads = 256;
constexpr std::size_t most_sources = 250;
constexpr std::size_t deepest = 65'536;
constexpr std::size_t deep_enough_to_wait = 64;  // what an open loop may have in flight on a connection

// As it was typed, or what has no place of its own in `options`.
struct words {
  std::string size = "64";
  std::string duration = "10s";
  std::string warm_up = "500ms";
  std::string type = "binary";
  std::string payload;
  std::string verify = "full";
  std::optional<std::size_t> connections;
  std::optional<std::size_t> depth;
  std::optional<double> rate;
  std::optional<std::size_t> idle;
  bool connect_rate = false;
  bool insecure = false;
  bool deflate = false;
  websock::protocol::deflate_options compression;
};

const char* const exit_codes =
    "Sizes are 64, 16k, 1m or 16KiB, times 500ms, 10s or 1min.\n"
    "Exit codes:\n"
    "  0  every echo was right\n"
    "  1  an echo was wrong or never came, or a connection was lost; or it took too long\n"
    "  2  wrong command line, URL or file\n"
    "  3  not connected\n";

void declare_load(CLI::App& app, words& text) {
  app.add_option("--connections", text.connections, "connections (default: 1)")->type_name("N");
  app.add_option("--size", text.size, "bytes of a message (default: 64)")->type_name("N[k|m]");
  app.add_option("--depth", text.depth,
                 "messages in flight on each connection (default: 1; with --rate at most, 64)")
      ->type_name("N");
  app.add_option("--type", text.type, "text or binary (default: binary)")->type_name("TYPE");
  app.add_option("--payload", text.payload, "json, random, ascii or utf8 (default: random; of text: json)")
      ->type_name("KIND");
  app.add_option("--verify", text.verify, "what of an echo is checked: none, length or full (default: full)")
      ->type_name("HOW");
}

void declare_run(CLI::App& app, words& text, options& into) {
  auto* rate = app.add_option("--rate", text.rate,
                              "open loop: messages a second over all connections; latency counts from when "
                              "each was due")
                   ->type_name("R");
  auto* idle = app.add_option("--idle", text.idle, "hold N connections that do nothing")
                   ->type_name("N")
                   ->excludes(rate);
  app.add_flag("--touch", into.touch, "one echo on each of them first")->needs(idle);
  app.add_flag("--connect-rate", text.connect_rate,
               "connect, opening and closing handshake, again and again, --connections at a time")
      ->excludes(rate)
      ->excludes(idle);
  app.add_option("--duration", text.duration, "how long is measured (default: 10s)")->type_name("TIME");
  app.add_option("--warm-up", text.warm_up, "load before that (default: 500ms)")->type_name("TIME");
  app.add_option("--messages", into.messages, "stop after so many were measured, if that is sooner")
      ->type_name("N");
  app.add_option("--threads", into.threads, "threads that share the connections (default: 1)")
      ->type_name("N");
  app.add_option(
         "--sources", into.sources,
         "connect from N addresses in turn, 127.0.0.2 and on: for more connections than an address has "
         "ports")
      ->type_name("N");
}

void declare_tls(CLI::App& app, words& text, options& into) {
  app.add_option("--ca", into.connect.tls.ca_file, "trust these certificates (PEM), not the system's")
      ->type_name("FILE");
  app.add_flag("--insecure", text.insecure, "take any certificate");
}

void declare_deflate(CLI::App& app, words& text) {
  auto* deflate = app.add_flag("--deflate", text.deflate, "offer permessage-deflate, and compress");
  auto& wanted = text.compression;
  const auto number = [&](const char* name, auto& target, const char* help) {
    app.add_option(name, target, help)->type_name("N")->needs(deflate);
  };
  number("--level", wanted.level, "zlib's, 1 to 9 (default: 6)");
  number("--memory-level", wanted.memory_level, "zlib's, 1 to 9 (default: 8)");
  number("--threshold", wanted.threshold, "bytes from which on a message is compressed (default: 256)");
  number("--server-max-window-bits", wanted.wanted.server_max_window_bits, "8 to 15 (default: 15)");
  number("--client-max-window-bits", wanted.wanted.client_max_window_bits, "8 to 15 (default: 15)");
  app.add_flag("--server-no-context-takeover", wanted.wanted.server_no_context_takeover,
               "ask the server to forget its window behind each message")
      ->needs(deflate);
  app.add_flag("--client-no-context-takeover", wanted.wanted.client_no_context_takeover,
               "promise to do so ourselves")
      ->needs(deflate);
}

void declare_output(CLI::App& app, options& into) {
  app.add_option("--pid", into.pid, "the server's process: its CPU time and memory are shown")
      ->type_name("PID");
  app.add_option("--label", into.label, "text that is copied into the JSON")->type_name("TEXT");
  app.add_option("--json", into.json,
                 "write the results there; -: to standard output, and the rest to standard error")
      ->type_name("FILE");
  app.add_option("--plot", into.plot, "write a picture of the latency over time there (SVG)")
      ->type_name("FILE");
}

template <typename Value>
Value choose(const std::string& option, const std::map<std::string_view, Value>& values,
             const std::string& text) {
  if (const auto found = values.find(text); found != values.end()) return found->second;
  std::string known;
  for (const auto& [name, value] : values) known.append(known.empty() ? "" : ", ").append(name);
  throw usage_error{option + ": expected one of " + known + ", got \"" + text + "\""};
}

// A number with k or m, as in other load generators, or a size as everywhere in this project.
std::size_t read_size(const std::string& text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string_view unit{rest, static_cast<std::size_t>(end - rest)};
  constexpr std::uint64_t largest = 256ULL << 20;
  if (error == std::errc{} && number <= largest && (unit == "k" || unit == "K"))
    number <<= 10;
  else if (error == std::errc{} && number <= largest && (unit == "m" || unit == "M"))
    number <<= 20;
  else if (const auto size = websock::parse_size(text))
    number = *size;
  else
    throw usage_error{"--size: expected a size such as 64, 16k or 1m, got \"" + text + "\""};
  if (number > largest) throw usage_error{"--size: at most 256m, got \"" + text + "\""};
  return static_cast<std::size_t>(number);
}

websock::duration read_time(const std::string& option, const std::string& text) {
  constexpr websock::duration longest = std::chrono::hours{24};
  const auto time = websock::parse_duration(text);
  if (time && *time <= longest) return *time;
  throw usage_error{option + ": expected a time such as 500ms, 10s or 1min (a day at most), got \"" + text +
                    "\""};
}

void require_range(const std::string& option, std::size_t value, std::size_t most) {
  if (value >= 1 && value <= most) return;
  throw usage_error{option + ": expected 1 to " + std::to_string(most) + ", got " + std::to_string(value)};
}

void set_kind(options& into, const words& text) {
  into.connections = text.connections.value_or(1);
  into.depth = text.depth.value_or(text.rate ? deep_enough_to_wait : 1);
  if (text.rate) {
    into.kind = run_kind::open_loop;
    into.rate = *text.rate;
    if (!(into.rate > 0 && into.rate <= 1e9))
      throw usage_error{"--rate: expected more than 0, and at most 1e9"};
  } else if (text.idle) {
    into.kind = run_kind::idle;
    if (text.connections) throw usage_error{"--idle says how many connections; leave out --connections"};
    into.connections = *text.idle;
  } else if (text.connect_rate) {
    into.kind = run_kind::connect;
  }
}

void set_messages(options& into, const words& text) {
  into.size = read_size(text.size);
  into.type = choose<websock::opcode>(
      "--type", {{"text", websock::opcode::text}, {"binary", websock::opcode::binary}}, text.type);
  const bool is_text = into.type == websock::opcode::text;
  into.payload = choose<payload_kind>("--payload",
                                      {{"json", payload_kind::json},
                                       {"random", payload_kind::random},
                                       {"ascii", payload_kind::ascii},
                                       {"utf8", payload_kind::utf8}},
                                      !text.payload.empty() ? text.payload
                                      : is_text             ? "json"
                                                            : "random");
  if (is_text && into.payload == payload_kind::random) {
    throw usage_error{"--payload random is no text: leave out --type text, or take json, ascii or utf8"};
  }
  into.verify = choose<verification>(
      "--verify",
      {{"none", verification::none}, {"length", verification::length}, {"full", verification::full}},
      text.verify);
}

void set_connection(options& into, const words& text) {
  into.connect.tls.verify_peer = !text.insecure;
  into.connect.max_redirects = 0;  // the load is for who was named
  auto& session = into.connect.session;
  // What is in flight is bounded by --depth. A send that waited for the peer would keep us from reading, and
  // an echo server from writing.
  session.high_water_mark = std::numeric_limits<std::size_t>::max();
  session.limits.message = std::max<std::uint64_t>(session.limits.message, into.size);
  session.keepalive.ping_interval = websock::no_timeout;  // no load but that which was asked for
  session.timeouts.close = std::chrono::seconds{3};
  if (!text.deflate) return;
  if (!is_valid(text.compression)) {
    throw usage_error{"--deflate: window bits are 8 to 15, --level and --memory-level 1 to 9"};
  }
  session.permessage_deflate = text.compression;
}

void require_ranges(const options& wanted) {
  require_range(wanted.kind == run_kind::idle ? "--idle" : "--connections", wanted.connections,
                most_connections);
  require_range("--depth", wanted.depth, deepest);
  require_range("--threads", wanted.threads, most_threads);
  if (wanted.threads > wanted.connections) throw usage_error{"--threads: more than there are connections"};
  if (wanted.sources != 0) require_range("--sources", wanted.sources, most_sources);
  if (wanted.messages) require_range("--messages", *wanted.messages, std::numeric_limits<std::size_t>::max());
  if (wanted.duration == websock::duration{0}) throw usage_error{"--duration: expected more than 0s"};
  if (wanted.pid && ::kill(*wanted.pid, 0) != 0 && errno == ESRCH) {
    throw usage_error{"--pid: there is no process " + std::to_string(*wanted.pid)};
  }
}

}  // namespace

options parse_options(CLI::App& app, int argc, const char* const* argv) {
  options wanted;
  words text;
  app.add_option("URL", wanted.url, "ws://, wss:// or ws+unix: URL of an echo server")
      ->required()
      ->type_name("");
  declare_load(app, text);
  declare_run(app, text, wanted);
  declare_tls(app, text, wanted);
  declare_deflate(app, text);
  declare_output(app, wanted);
  app.set_version_flag("--version", "websock-load " WEBSOCK_VERSION);
  app.footer(exit_codes);
  app.parse(argc, argv);

  set_kind(wanted, text);
  set_messages(wanted, text);
  set_connection(wanted, text);
  wanted.duration = read_time("--duration", text.duration);
  wanted.warm_up = read_time("--warm-up", text.warm_up);
  require_ranges(wanted);
  static_cast<void>(websock::http::parse_url(wanted.url));  // said before a payload is made
  return wanted;
}

std::string source_address(const options& wanted, std::size_t index) {
  return wanted.sources == 0 ? std::string{} : "127.0.0." + std::to_string(2 + index % wanted.sources);
}

}  // namespace load
