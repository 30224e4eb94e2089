// A load generator for WebSocket echo servers, which looks at every echo.
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include "options.hpp"
#include "plot.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "run.hpp"
#include "usage.hpp"
#include "websock/core/error.hpp"

namespace {

enum exit_code : int { success = 0, failed = 1, wrong_usage = 2, not_connected = 3 };

void say(const std::string& text) { std::fprintf(stderr, "websock-load: %s\n", text.c_str()); }

bool is_users_mistake(const std::error_code& code) {
  using websock::errc;
  return code == errc::url_invalid || code == errc::field_invalid || code == errc::tls_configuration;
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file{path, std::ios::binary};
  file << text;
  file.close();
  if (!file) throw std::runtime_error{path + ": cannot be written"};
}

// What is written at the end must not fail there.
void require_writable(const std::string& path) {
  if (path.empty() || path == "-") return;
  if (!std::ofstream{path, std::ios::app}) throw load::usage_error{path + ": cannot be written"};
}

void require_descriptors(const load::options& wanted) {
  constexpr std::uint64_t others = 16;
  const std::uint64_t limit = load::raise_descriptor_limit();
  if (limit >= wanted.connections + others) return;
  throw load::usage_error{std::to_string(wanted.connections) + " connections, and only " +
                          std::to_string(limit) + " files may be open: raise `ulimit -n`"};
}

void publish(const load::options& wanted, const load::results& found) {
  const bool owns_output = wanted.json == "-";
  std::fputs(load::to_text(wanted, found).c_str(), owns_output ? stderr : stdout);
  const std::string json = load::to_json(wanted, found) + "\n";
  if (owns_output) std::fputs(json.c_str(), stdout);
  if (!owns_output && !wanted.json.empty()) write_file(wanted.json, json);
  if (wanted.plot.empty()) return;
  const std::string name = wanted.label.empty() ? std::string{} : wanted.label + ": ";
  write_file(wanted.plot, load::plot(found.intervals, name + load::describe(wanted)));
}

int put_load(const load::options& wanted) {
  require_writable(wanted.json);
  require_writable(wanted.plot);
  require_descriptors(wanted);
  load::progress shown;
  const auto found = load::conduct(wanted, [&shown](const load::progress_report& now) { shown.show(now); });
  shown.finish();
  publish(wanted, found);
  return found.found.total() == 0 ? success : failed;
}

int run(int argc, char** argv) {
  CLI::App app{"Puts load on a WebSocket echo server, checks every echo, and tells how long each took.",
               "websock-load"};
  try {
    const load::options wanted = load::parse_options(app, argc, argv);
    return put_load(wanted);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? success : wrong_usage;
  } catch (const load::usage_error& error) {
    say(error.what());
    return wrong_usage;
  } catch (const load::stuck_error& error) {
    say(error.what());
    std::_Exit(failed);  // there are threads that cannot be ended
  } catch (const std::system_error& error) {
    say(error.what());
    return is_users_mistake(error.code()) ? wrong_usage : not_connected;
  }
}

}  // namespace

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);  // a write says so, too
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    say(error.what());
    return failed;
  }
}
