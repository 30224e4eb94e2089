// A peer that is wrong on purpose, to test the conformance runner with.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "client.hpp"
#include "fault.hpp"
#include "server.hpp"

namespace {

struct options {
  std::string fault = "none";
  bool listen = false;
  bool list = false;
  broken::client_options client;
};

void declare(CLI::App& app, options& into) {
  app.add_option("--fault", into.fault, "what is wrong with the peer")->type_name("NAME");
  app.add_flag("--list", into.list, "print the faults and exit");
  auto* listen = app.add_flag("--listen", into.listen, "be a server");
  app.add_option("--connect", into.client.url, "be a client of this fuzzing server")
      ->type_name("URL")
      ->excludes(listen);
  app.add_option("--agent", into.client.agent, "name of the client")->type_name("NAME");
  app.add_option("--jobs", into.client.jobs, "cases at the same time")->type_name("N");
}

int list_faults() {
  for (const auto& [value, name, what] : broken::faults()) {
    std::printf("%-34.*s %.*s\n", static_cast<int>(name.size()), name.data(), static_cast<int>(what.size()),
                what.data());
  }
  return 0;
}

int run(const options& wanted) {
  if (wanted.list) return list_faults();
  const auto fault = broken::fault_named(wanted.fault);
  if (!fault) throw CLI::ValidationError{"--fault", "no such fault: " + wanted.fault};
  if (wanted.listen) return broken::serve(*fault);
  if (wanted.client.url.empty()) throw CLI::RequiredError{"--listen or --connect"};
  return broken::run_cases(wanted.client, *fault);
}

}  // namespace

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);  // a write says so, too
  CLI::App app{"An echo endpoint with a fault.", "broken_peer"};
  options wanted;
  declare(app, wanted);
  try {
    app.parse(argc, argv);
    return run(wanted);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "broken_peer: %s\n", error.what());
    return 1;
  }
}
