// The echo server: what comes in goes out again. Its configuration names routes, this file names
// what answers them.
#include <malloc.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <optional>
#include <string>

#include "embedded.hpp"
#include "websock/server/server.hpp"

namespace {

websock::task<void> echo(websock::session& session) {
  while (auto message = co_await session.receive()) {
    co_await session.send(*message);
  }
}

websock::task<websock::http::response> show_page(const websock::http_context&) {
  websock::http::response response;
  response.fields.add("Content-Type", "text/html; charset=utf-8");
  response.body = page;
  co_return response;
}

websock::task<websock::http::response> health(const websock::http_context&) {
  websock::http::response response;
  response.fields.add("Content-Type", "text/plain; charset=utf-8");
  response.body = "ok\n";
  co_return response;
}

struct options {
  std::string config_path;
  std::optional<std::uint16_t> port;
  std::optional<std::size_t> threads;
  bool check_config = false;
};

void declare(CLI::App& app, options& into) {
  app.add_option("--config", into.config_path, "JSON configuration (default: a built-in one)")
      ->type_name("FILE");
  app.add_option("--port", into.port, "port of the first TCP listener; 0: the system chooses")
      ->type_name("N");
  app.add_option("--threads", into.threads, "threads; 0: one a processor")->type_name("N");
  app.add_flag("--check-config", into.check_config, "read the configuration and exit");
  app.set_version_flag("--version", "websock-echo " WEBSOCK_VERSION);
}

// What the command line says goes before the file, also when SIGHUP has it read again.
websock::server_config read_config(const options& wanted) {
  auto config = wanted.config_path.empty()
                    ? websock::parse_config(default_configuration, "built-in configuration")
                    : websock::load_config(wanted.config_path);
  if (wanted.threads) config.threads = *wanted.threads;
  for (auto& listener : config.listeners) {
    if (!wanted.port || !listener.unix_path.empty()) continue;
    listener.port = *wanted.port;
    break;
  }
  return config;
}

// One descriptor a session: take what the system lets us have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// By default glibc maps ever larger blocks from its heaps once such a block was freed, and a few messages of
// 15 MiB leave them full of holes for good. What a message of 4 MiB or more had goes back at its end.
void give_large_blocks_back() {
#ifdef __GLIBC__
  ::mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
  ::mallopt(M_TRIM_THRESHOLD, 16 * 1024 * 1024);
#endif
}

int serve(const options& wanted) {
  websock::server server{read_config(wanted)};
  server.handle("echo", echo);
  server.handle_http("page", show_page);
  server.handle_http("health", health);
  server.on_reload([&wanted] { return read_config(wanted); });
  if (wanted.check_config) {
    server.check();
    std::puts("the configuration is good");
    return 0;
  }
  raise_descriptor_limit();
  give_large_blocks_back();
  server.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"A WebSocket server that sends back what it receives.", "websock-echo"};
  options wanted;
  declare(app, wanted);
  try {
    app.parse(argc, argv);
    return serve(wanted);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const websock::config_error& error) {
    std::fprintf(stderr, "websock-echo: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "websock-echo: %s\n", error.what());
    return 1;
  }
}
