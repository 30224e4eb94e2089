// Provisional: runs the built-in cases against one server.
#include <cstdio>
#include <string>

#include "run/fuzzing_client.hpp"

using namespace conformance;

int main(int argc, char** argv) {
  const catalog all = catalog::built_in();
  server_run run;
  run.agent = "agent";
  run.url = argc > 1 ? argv[1] : "ws://127.0.0.1:8888/ws";
  for (const auto& one : all.cases()) {
    if (argc <= 2 || matches(argv[2], one->id)) run.cases.push_back(one);
  }
  run.cases = for_servers(run.cases);
  result_set results;
  run_fuzzing_client(run, results, [](const case_result& r, std::size_t done, std::size_t of) {
    if (is_pass(r.behavior) && is_pass(r.behavior_close) && r.behavior != verdict::non_strict) return;
    std::printf("%zu/%zu %s %s %s | %s | %s | %s\n", done, of, r.id.c_str(), name_of(r.behavior).data(),
                name_of(r.behavior_close).data(), r.result.c_str(), r.result_close.c_str(),
                r.was_not_clean_reason.value_or("").c_str());
  });
}
