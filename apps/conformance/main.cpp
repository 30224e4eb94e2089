// Tests WebSocket servers and clients, and says what is wrong with them.
#include <signal.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <string>

#include "embedded.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "questions.hpp"
#include "report/compare.hpp"
#include "report/files.hpp"
#include "report/gate.hpp"
#include "report/junit.hpp"
#include "report/summary.hpp"
#include "run/fuzzing_client.hpp"
#include "run/fuzzing_server.hpp"
#include "run/testee_client.hpp"
#include "run/testee_server.hpp"
#include "websock/server/config.hpp"

namespace conformance {
namespace {

enum exit_code : int { success = 0, failed = 1, wrong_usage = 2, nobody_there = 3 };

constexpr std::size_t default_jobs = 8;

catalog load_cases(const options& wanted) {
  catalog all = catalog::built_in();
  for (const std::string& folder : wanted.folders) all.add_folder(folder);
  return all;
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file{path, std::ios::binary};
  file << text;
  file.close();
  if (!file) throw report_error{path + ": cannot be written"};
}

void say_line(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

// Everything that is made of results; the exit code of the run.
class conclusion {
 public:
  conclusion(const options& wanted, const catalog& all)
      : wanted_{wanted},
        all_{all},
        waivers_{wanted.waivers.empty() ? std::vector<waiver>{} : read_waivers(wanted.waivers)} {
    if (!wanted.compare.empty()) before_ = read_index(wanted.compare);
  }

  exit_code draw(const result_set& results, const std::string& outdir) const {
    if (!outdir.empty()) write_reports(results, all_, outdir);
    gate_report gate = judge(results, waivers_, wanted_.strict);
    if (!wanted_.compare.empty()) excuse_what_was(gate, before_);
    if (!wanted_.junit.empty()) write_file(wanted_.junit, to_junit(gate, all_));
    const std::size_t width = terminal_width();
    std::fputs(summary(gate, all_, {width != 0, width}).c_str(), stdout);
    const bool got_worse = !wanted_.compare.empty() && show_changes(results);
    if (!outdir.empty()) std::printf("\nreport: %s/index.html\n", outdir.c_str());
    return gate.passed() && !got_worse ? success : failed;
  }

 private:
  bool show_changes(const result_set& results) const {
    const comparison changes = compare(before_, index_of(results));
    std::printf("\nagainst %s:\n%s", wanted_.compare.c_str(), to_text(changes).c_str());
    return changes.got_worse();
  }

  const options& wanted_;
  const catalog& all_;
  std::vector<waiver> waivers_;
  report_index before_;
};

case_list cases_for(const specification& spec, const case_list& selected, const std::string& agent) {
  case_list cases;
  for (const auto& one : selected) {
    if (!is_excluded(spec, agent, one->id)) cases.push_back(one);
  }
  return cases;
}

exit_code test_servers(const options& wanted, const specification& spec, const catalog& all) {
  const conclusion end{wanted, all};
  const case_list selected = select_cases(spec, all, subject_role::server);
  result_set results;
  exit_code code = success;
  for (const server_entry& server : spec.servers) {
    progress shown{terminal_width() != 0};
    server_run run{server, cases_for(spec, selected, server.agent), spec.jobs.value_or(default_jobs),
                   spec.seed.value_or(0), spec.tls};
    try {
      run_fuzzing_client(run, results, [&shown](const case_result& result, std::size_t done, std::size_t of) {
        shown.show(result, done, of);
      });
      shown.finish();
    } catch (const std::system_error& error) {
      shown.finish();
      std::fprintf(stderr, "websock-conformance: %s: %s\n",
                   server.agent.empty() ? "server" : server.agent.c_str(), error.what());
      code = nobody_there;
    }
  }
  if (results.agents().empty()) return code;
  const exit_code drawn = end.draw(results, spec.outdir);
  return code != success ? code : drawn;
}

exit_code test_clients(const options& wanted, const specification& spec, const catalog& all) {
  const conclusion end{wanted, all};
  const result_set results = run_fuzzing_server(spec, all, say_line);  // and it has written the reports
  return end.draw(results, "");
}

exit_code run_mode_of(const options& wanted, const catalog& all) {
  const specification spec = make_specification(wanted);
  for (const std::string& note : spec.notes)
    std::fprintf(stderr, "websock-conformance: note: %s\n", note.c_str());
  switch (*wanted.mode) {
    case run_mode::fuzzing_client:
      return test_servers(wanted, spec, all);
    case run_mode::fuzzing_server:
      return test_clients(wanted, spec, all);
    case run_mode::testee_client:
      run_testee_client(spec, wanted.agent.empty() ? "websock/" WEBSOCK_VERSION : wanted.agent, say_line);
      return success;
    case run_mode::testee_server:
      run_testee_server(spec, say_line);
      return success;
  }
  return wrong_usage;
}

exit_code run(const options& wanted) {
  if (wanted.schema) {
    std::fputs(std::string{embedded("cases/schema.json")}.c_str(), stdout);
    return success;
  }
  const catalog all = load_cases(wanted);
  if (wanted.lists) std::fputs(list_cases(all, wanted.list_glob).c_str(), stdout);
  if (!wanted.explain.empty()) std::fputs(explain_case(all, wanted.explain).c_str(), stdout);
  if (!wanted.mode) return success;
  return run_mode_of(wanted, all);
}

int complain(const std::exception& error, exit_code code) {
  std::fprintf(stderr, "websock-conformance: %s\n", error.what());
  return code;
}

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  using namespace conformance;
  ::signal(SIGPIPE, SIG_IGN);  // a write says so, too
  CLI::App app{"Tests WebSocket servers and clients for conformance with RFC 6455 and RFC 7692.",
               "websock-conformance"};
  try {
    return run(parse_options(app, argc, argv));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? success : wrong_usage;
  } catch (const usage_error& error) {
    return complain(error, wrong_usage);
  } catch (const websock::config_error& error) {
    return complain(error, wrong_usage);
  } catch (const report_error& error) {
    return complain(error, wrong_usage);
  } catch (const std::exception& error) {
    return complain(error, nobody_there);
  }
}
