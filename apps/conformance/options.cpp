#include "options.hpp"

#include <array>
#include <string_view>
#include <system_error>

namespace conformance {
namespace {

struct mode_name {
  const char* name;
  run_mode mode;
};
constexpr std::array<mode_name, 4> mode_names{{{"fuzzingclient", run_mode::fuzzing_client},
                                               {"fuzzingserver", run_mode::fuzzing_server},
                                               {"testeeclient", run_mode::testee_client},
                                               {"testeeserver", run_mode::testee_server}}};

const char* const footer =
    "Modes:\n"
    "  fuzzingclient   tests servers: plays the client\n"
    "  fuzzingserver   tests clients: plays the server; a browser finds a page on its port\n"
    "  testeeserver    an echo server made of this library, to be tested\n"
    "  testeeclient    an echo client made of this library, to be tested\n"
    "\n"
    "Specifications are those of the Autobahn testsuite:\n"
    "  {\"outdir\": \"reports\", \"servers\": [{\"agent\": \"mine\", \"url\": \"ws://127.0.0.1:8888/ws\"}], "
    "\"cases\": [\"*\"]}\n"
    "\n"
    "Exit codes:\n"
    "  0  every case passed by its behavior and by its close, or is waived\n"
    "  1  a case failed, or a waiver excused nothing; with --compare: a case got worse, or failed and is "
    "new\n"
    "  2  wrong command line, specification, script or waivers\n"
    "  3  nobody there: not connected, address in use\n";

struct words {
  std::string mode;
  std::string list;
  bool insecure = false;
};

void declare_run(CLI::App& app, options& into, words& text) {
  app.add_option("-m,--mode", text.mode, "what to do; see below")->type_name("MODE");
  app.add_option("-s,--spec", into.specification, "specification (JSON)")->type_name("FILE");
  app.add_option("-w,--url", into.url,
                 "the server to test, or where to listen: ws:// or wss:// (port 0: any)")
      ->type_name("URL");
  app.add_option("--agent", into.agent, "the subject's name in the reports")->type_name("NAME");
  app.add_option("--case", into.cases, "cases to run, such as 6.4.*; may be repeated (default: all)")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  app.add_option("--exclude", into.excluded, "cases to leave out; may be repeated")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  app.add_option("--cases", into.folders, "read scripts of your own from this folder, too; may be repeated")
      ->type_name("DIR")
      ->allow_extra_args(false);
  app.add_option("-j,--jobs", into.jobs, "connections at once (default: 8; a testee client: 1)")
      ->type_name("N")
      ->check(CLI::Range(1, 1000));
  app.add_option("--seed", into.seed, "masking keys and random octets follow from it (default: 0)")
      ->type_name("N");
}

void declare_tls(CLI::App& app, options& into, words& text) {
  app.add_option("--ca", into.tls.ca_file, "trust these certificates (PEM), not the system's")
      ->type_name("FILE");
  app.add_flag("--insecure", text.insecure, "take any certificate");
  auto* certificate =
      app.add_option("--cert", into.identity.certificate_file, "certificate to listen with (PEM)")
          ->type_name("FILE");
  app.add_option("--key", into.identity.key_file, "its key (PEM)")->type_name("FILE")->needs(certificate);
}

void declare_reports(CLI::App& app, options& into) {
  app.add_option(
         "-o,--outdir", into.outdir,
         "folder for the reports (default: the specification's, else reports/servers or reports/clients)")
      ->type_name("DIR");
  app.add_option(
         "--compare", into.compare,
         "say what changed against this index.json, Autobahn's or ours, and fail only by what got worse")
      ->type_name("FILE");
  app.add_option("--junit", into.junit, "write the results as JUnit XML")->type_name("FILE");
  app.add_option("--waivers", into.waivers, "known, explained exceptions (JSON)")->type_name("FILE");
  app.add_flag("--strict", into.strict, "NON-STRICT and UNIMPLEMENTED fail, too");
}

void declare_questions(CLI::App& app, options& into, words& text) {
  app.add_option("--list", text.list, "list the cases, or those that fit the glob, and exit")
      ->type_name("GLOB")
      ->expected(0, 1);
  app.add_option("--explain", into.explain, "say what a case is about, and exit")->type_name("ID");
  app.add_flag("--schema", into.schema, "print the JSON schema of scripts, and exit");
}

run_mode read_mode(const std::string& text) {
  for (const auto& [name, mode] : mode_names) {
    if (text == name) return mode;
  }
  throw usage_error{"--mode: expected fuzzingclient, fuzzingserver, testeeserver or testeeclient, got \"" +
                    text + "\""};
}

std::vector<case_glob> as_globs(const std::vector<std::string>& texts, const std::string& option) {
  std::vector<case_glob> globs;
  for (const std::string& text : texts) globs.push_back({text, option});
  return globs;
}

void set_url(const options& wanted, specification& into) {
  if (wanted.url.empty()) return;
  try {
    into.url = parse_peer_url(wanted.url);
  } catch (const std::system_error& error) {
    throw usage_error{std::string{"--url: "} + error.what()};
  }
  if (wanted.mode != run_mode::fuzzing_client) return;
  into.servers.assign(1, {});
  into.servers.front().url = into.url;
}

void set_tls(const options& wanted, specification& into) {
  if (!wanted.tls.ca_file.empty()) into.tls.ca_file = wanted.tls.ca_file;
  if (!wanted.tls.verify_peer) into.tls.verify_peer = false;
  if (!wanted.identity.certificate_file.empty()) into.identity = wanted.identity;
}

}  // namespace

options parse_options(CLI::App& app, int argc, char** argv) {
  options wanted;
  words text;
  declare_run(app, wanted, text);
  declare_tls(app, wanted, text);
  declare_reports(app, wanted);
  declare_questions(app, wanted, text);
  app.set_version_flag("--version", "websock-conformance " WEBSOCK_VERSION);
  app.footer(footer);
  app.parse(argc, argv);
  if (!text.mode.empty()) wanted.mode = read_mode(text.mode);
  wanted.lists = app.count("--list") != 0;
  if (!text.list.empty()) wanted.list_glob = text.list;
  wanted.tls.verify_peer = !text.insecure;
  const bool asks = wanted.lists || !wanted.explain.empty() || wanted.schema;
  if (!wanted.mode && !asks)
    throw usage_error{"nothing to do: give --mode, --list or --explain (see --help)"};
  return wanted;
}

specification make_specification(const options& wanted) {
  specification made = wanted.specification.empty() ? default_specification(*wanted.mode)
                                                    : load_specification(wanted.specification, *wanted.mode);
  set_url(wanted, made);
  set_tls(wanted, made);
  if (*wanted.mode == run_mode::fuzzing_client && made.servers.empty()) {
    throw usage_error{"fuzzingclient needs a server: give --url, or \"servers\" in a specification (--spec)"};
  }
  if (!wanted.agent.empty() && made.servers.size() == 1) made.servers.front().agent = wanted.agent;
  if (!wanted.outdir.empty()) made.outdir = wanted.outdir;
  if (!wanted.cases.empty()) made.cases = as_globs(wanted.cases, "--case");
  for (case_glob& glob : as_globs(wanted.excluded, "--exclude")) made.excluded.push_back(std::move(glob));
  if (wanted.jobs) made.jobs = wanted.jobs;
  if (wanted.seed) made.seed = wanted.seed;
  return made;
}

}  // namespace conformance
