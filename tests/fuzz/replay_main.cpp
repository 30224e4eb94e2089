// Runs a fuzz target over files, without a fuzzer: replay_NAME FILE_OR_FOLDER...
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using path = std::filesystem::path;

std::vector<path> files_of(const path& place) {
  if (!std::filesystem::is_directory(place)) return {place};
  std::vector<path> files;
  for (const auto& entry : std::filesystem::directory_iterator{place}) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool replay(const path& file) {
  std::ifstream stream{file, std::ios::binary};
  if (!stream) return false;
  const std::vector<char> input{std::istreambuf_iterator<char>{stream}, {}};
  std::printf("%s\n", file.c_str());  // who fails names the file
  std::fflush(stdout);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  std::size_t replayed = 0;
  for (int index = 1; index < count; ++index) {
    for (const path& file : files_of(arguments[index])) {
      if (!replay(file)) {
        std::fprintf(stderr, "cannot read %s\n", file.c_str());
        return 1;
      }
      ++replayed;
    }
  }
  std::printf("%zu inputs\n", replayed);
  return replayed == 0 ? 1 : 0;
}
