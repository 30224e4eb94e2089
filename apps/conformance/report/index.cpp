#include "report/index.hpp"

#include <fstream>
#include <iterator>
#include <limits>
#include <set>

#include "report/text.hpp"

namespace conformance {
namespace {

using nlohmann::json;

constexpr std::string_view between = "_case_";

bool is_alphanumeric(char character) {
  return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
}

// "WebSock Server/1.0" is "websock_server_1_0".
std::string file_stem(std::string_view agent) {
  std::string stem;
  for (const char each : agent) {
    const char lower = each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
    stem += is_alphanumeric(lower) ? lower : '_';
  }
  const std::size_t first = stem.find_first_not_of('_');
  if (first == std::string::npos) return "agent";
  return stem.substr(first, stem.find_last_not_of('_') - first + 1);
}

std::string file_part(std::string_view id) {
  std::string part;
  for (const char each : id) {
    const bool plain = is_alphanumeric(each) || (each >= 'A' && each <= 'Z') || each == '-';
    part += plain ? each : '_';
  }
  return part;
}

std::set<std::string> stems_of(const report_index& index) {
  std::set<std::string> stems;
  for (const auto& [agent, cases] : index) {
    for (const auto& [id, entry] : cases)
      stems.insert(entry.report_file.substr(0, entry.report_file.rfind(between)));
  }
  return stems;
}

std::string free_stem(const std::string& wanted, const std::set<std::string>& taken) {
  if (!taken.contains(wanted)) return wanted;
  for (unsigned number = 2;; ++number) {
    if (auto stem = wanted + "_" + std::to_string(number); !taken.contains(stem)) return stem;
  }
}

index_entry entry_of(const case_result& result, const std::string& stem) {
  return {result.behavior, result.behavior_close, result.duration, result.remote_close_code,
          stem + std::string{between} + file_part(result.id) + ".json"};
}

json entry_json(const index_entry& entry) {
  return {{"behavior", name_of(entry.behavior)},
          {"behaviorClose", name_of(entry.behavior_close)},
          {"duration", entry.duration.count()},
          {"remoteCloseCode", entry.remote_close_code ? json(*entry.remote_close_code) : json(nullptr)},
          {"reportfile", entry.report_file}};
}

// --- Reading ------------------------------------------------------------------------------------------

// Reads one entry and says where it is when it is none.
class entry_reader {
 public:
  entry_reader(const json& entry, std::string place) : entry_{entry}, place_{std::move(place)} {
    if (!entry.is_object()) fail("is not an object");
  }

  index_entry read() const {
    return {verdict_at("behavior"), verdict_at("behaviorClose"), duration(), close_code(), report_file()};
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const { throw report_error{place_ + ": " + problem}; }

  const json& member(const char* key) const {
    const auto found = entry_.find(key);
    if (found == entry_.end()) fail("\"" + std::string{key} + "\" is missing");
    return *found;
  }

  verdict verdict_at(const char* key) const {
    const json& value = member(key);
    const auto named = value.is_string() ? verdict_named(value.get_ref<const std::string&>()) : std::nullopt;
    if (!named) fail("\"" + std::string{key} + "\" is not the name of a verdict");
    return *named;
  }

  std::chrono::milliseconds duration() const {
    const json& value = member("duration");
    if (!value.is_number_integer()) fail("\"duration\" is not a whole number");
    return std::chrono::milliseconds{value.get<std::int64_t>()};
  }

  std::optional<std::uint16_t> close_code() const {
    const json& value = member("remoteCloseCode");
    if (value.is_null()) return std::nullopt;
    constexpr std::uint64_t most = std::numeric_limits<std::uint16_t>::max();
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
      fail("\"remoteCloseCode\" is neither null nor a close code");
    }
    return value.get<std::uint16_t>();
  }

  std::string report_file() const {
    const json& value = member("reportfile");
    if (!value.is_string()) fail("\"reportfile\" is not a string");
    // It becomes a link: to a file beside the index, and to nothing else.
    const auto& file = value.get_ref<const std::string&>();
    if (file.find_first_of("/\\:") != std::string::npos) fail("\"reportfile\" is not the name of a file");
    return file;
  }

  const json& entry_;
  std::string place_;
};

json parse(std::string_view text, const std::string& name) {
  json root = json::parse(text, nullptr, false);
  if (root.is_discarded()) throw report_error{name + ": not JSON"};
  if (!root.is_object()) throw report_error{name + ": not an index: expected an object of agents"};
  return root;
}

}  // namespace

report_index index_of(const result_set& results, const report_index& kept) {
  report_index index;
  auto taken = stems_of(kept);
  for (const auto& [agent, cases] : results.agents()) {
    const std::string stem = free_stem(file_stem(agent), taken);
    taken.insert(stem);
    auto& entries = index[to_utf8(agent)];
    for (const auto& [id, result] : cases) entries[to_utf8(id)] = entry_of(result, stem);
  }
  return index;
}

json to_json(const report_index& index) {
  json root = json::object();
  for (const auto& [agent, cases] : index) {
    json& entries = root[agent] = json::object();
    for (const auto& [id, entry] : cases) entries[id] = entry_json(entry);
  }
  return root;
}

report_index parse_index(std::string_view text, const std::string& name) {
  report_index index;
  const json root = parse(text, name);
  for (const auto& [agent, cases] : root.items()) {
    const std::string place = name + ": " + to_line(agent);
    if (!cases.is_object()) throw report_error{place + ": is not an object of cases"};
    auto& entries = index[agent];
    for (const auto& [id, entry] : cases.items()) {
      entries[id] = entry_reader{entry, place + ": " + to_line(id)}.read();
    }
  }
  return index;
}

report_index read_index(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (!file) throw report_error{path + ": cannot be read"};
  return parse_index(text, path);
}

}  // namespace conformance
