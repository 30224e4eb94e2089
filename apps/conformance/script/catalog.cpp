#include "script/catalog.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "embedded.hpp"
#include "script/reader.hpp"

namespace conformance {
namespace {

std::string_view take_part(std::string_view& id) noexcept {
  const std::size_t dot = std::min(id.find('.'), id.size());
  const std::string_view part = id.substr(0, dot);
  id.remove_prefix(std::min(dot + 1, id.size()));
  return part;
}

std::optional<unsigned> as_number(std::string_view part) noexcept {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
  if (error != std::errc{} || end != part.data() + part.size()) return std::nullopt;
  return value;
}

// Below, equal, above zero; numbers come before names.
int compare_parts(std::string_view left, std::string_view right) noexcept {
  const auto left_number = as_number(left);
  const auto right_number = as_number(right);
  if (left_number && right_number) return *left_number < *right_number ? -1 : *left_number > *right_number;
  if (left_number.has_value() != right_number.has_value()) return left_number ? -1 : 1;
  return left.compare(right);
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream content;
  if (file) content << file.rdbuf();
  if (!file) throw script_error{path.string() + ": cannot be read"};
  return std::move(content).str();
}

}  // namespace

catalog catalog::built_in() {
  catalog all;
  for (const embedded_file& file : embedded_cases) all.add(file.text, std::string{file.name});
  return all;
}

void catalog::add_folder(const std::string& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator{folder, error}) {
    if (entry.path().extension() == ".json" && entry.path().filename() != "schema.json")
      files.push_back(entry.path());
  }
  if (error) throw script_error{folder + ": " + error.message()};
  if (files.empty()) throw script_error{folder + ": there is no file *.json in this folder"};
  std::ranges::sort(files);
  for (const auto& file : files) add(read_file(file), file.string());
}

void catalog::add(std::string_view text, const std::string& name) {
  const auto is_taken = [this](const std::string& id) { return find(id) != nullptr; };
  for (test_case& read : read_cases(text, name, is_taken)) {
    const auto place = std::ranges::upper_bound(
        cases_, read.id, id_less, [](const auto& other) { return std::string_view{other->id}; });
    cases_.insert(place, std::make_shared<const test_case>(std::move(read)));
  }
}

const test_case* catalog::find(std::string_view id) const noexcept {
  const auto found = std::ranges::lower_bound(cases_, id, id_less,
                                              [](const auto& other) { return std::string_view{other->id}; });
  return found != cases_.end() && (*found)->id == id ? found->get() : nullptr;
}

bool matches(std::string_view glob, std::string_view text) noexcept {
  const std::size_t star = glob.find('*');
  if (star == std::string_view::npos) return glob == text;
  if (!text.starts_with(glob.substr(0, star))) return false;
  const std::string_view rest = glob.substr(star + 1);
  for (std::size_t i = star; i <= text.size(); ++i) {
    if (matches(rest, text.substr(i))) return true;
  }
  return false;
}

bool id_less(std::string_view left, std::string_view right) noexcept {
  while (!left.empty() && !right.empty()) {
    const int order = compare_parts(take_part(left), take_part(right));
    if (order != 0) return order < 0;
  }
  return left.empty() && !right.empty();
}

}  // namespace conformance
