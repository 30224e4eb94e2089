#include "report/files.hpp"

#include <filesystem>
#include <fstream>

#include "report/case_page.hpp"
#include "report/json.hpp"
#include "report/overview.hpp"
#include "report/text.hpp"

namespace conformance {
namespace {

namespace fs = std::filesystem;

// A reader never sees half a file, and a run that is broken off leaves the old one.
void write_file(const fs::path& path, const std::string& content) {
  fs::path unfinished = path;
  unfinished += ".part";
  std::ofstream file{unfinished, std::ios::binary | std::ios::trunc};
  file << content;
  file.close();
  if (!file) throw report_error{path.string() + ": cannot be written"};
  std::error_code error;
  fs::rename(unfinished, path, error);
  if (error) throw report_error{path.string() + ": cannot be written: " + error.message()};
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw report_error{folder.string() + ": cannot be made: " + error.message()};
}

// The agents of earlier runs that are not in this one.
report_index kept_agents(const fs::path& index, const result_set& results) {
  if (!fs::exists(index)) return {};
  report_index kept = read_index(index.string());
  for (const auto& [agent, cases] : results.agents()) kept.erase(to_utf8(agent));
  return kept;
}

std::string page_file(const std::string& json_file) {
  return fs::path{json_file}.replace_extension(".html").string();
}

void write_case(const fs::path& folder, const case_result& result, const test_case* script,
                const case_links& links) {
  write_file(folder / links.json, to_json(result).dump(2) + "\n");
  write_file(folder / page_file(links.json), case_page(result, script, links));
}

void write_agent(const fs::path& folder, const result_set::by_case& results,
                 const report_index::mapped_type& entries, const catalog& cases) {
  const auto file = [&](auto entry) { return entries.at(to_utf8(entry->first)).report_file; };
  for (auto at = results.begin(); at != results.end(); ++at) {
    case_links links{file(at), {}, {}};
    if (at != results.begin()) links.previous = page_file(file(std::prev(at)));
    if (std::next(at) != results.end()) links.next = page_file(file(std::next(at)));
    write_case(folder, at->second, cases.find(at->first), links);
  }
}

}  // namespace

void write_reports(const result_set& results, const catalog& cases, const std::string& folder) {
  const fs::path path{folder};
  make_folder(path);
  report_index index = kept_agents(path / "index.json", results);
  const report_index now = index_of(results, index);
  for (const auto& [agent, of_agent] : results.agents())
    write_agent(path, of_agent, now.at(to_utf8(agent)), cases);
  for (const auto& [agent, entries] : now) index.insert_or_assign(agent, entries);
  write_file(path / "index.json", to_json(index).dump(2) + "\n");
  write_file(path / "index.html", overview_page(index, cases, std::chrono::system_clock::now()));
}

}  // namespace conformance
