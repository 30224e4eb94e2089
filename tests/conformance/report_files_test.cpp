#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "report/files.hpp"
#include "sample_results.hpp"
#include "support/catch.hpp"

namespace conformance {
namespace {

namespace fs = std::filesystem;

class temporary_folder {
 public:
  temporary_folder() {
    std::string name = (fs::temp_directory_path() / "reports.XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder() { fs::remove_all(path_); }

  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator{folder}, fs::directory_iterator{}));
}

TEST_CASE("reports are written into a folder that is made for them") {
  const temporary_folder scratch;
  const fs::path folder = scratch.path() / "deep" / "reports";
  write_reports(results_of({recorded_result(), passed_result("websock server", "1.1.1")}), sample_catalog(),
                folder);
  for (const char* name :
       {"index.json", "index.html", "websock_server_case_7_3_4.json", "websock_server_case_7_3_4.html",
        "websock_server_case_1_1_1.json", "websock_server_case_1_1_1.html"}) {
    CAPTURE(name);
    CHECK(fs::file_size(folder / name) > 0);
  }
  CHECK(files_in(folder) == 6);
}

TEST_CASE("agents of earlier runs stay beside those of this one") {
  const temporary_folder scratch;
  const std::string folder = scratch.path();
  write_reports(results_of({passed_result("old", "1.1.1"), passed_result("again", "1.1.1")}),
                sample_catalog(), folder);
  case_result failed = passed_result("again", "7.3.4");
  failed.behavior = verdict::failed;
  write_reports(results_of({failed}), sample_catalog(), folder);
  const report_index index = read_index(folder + "/index.json");
  REQUIRE(index.size() == 2);
  CHECK(index.at("old").at("1.1.1").behavior == verdict::ok);
  CHECK(index.at("again").size() == 1);
  CHECK(index.at("again").at("7.3.4").behavior == verdict::failed);
  std::ifstream page{folder + "/index.html"};
  const std::string html{std::istreambuf_iterator<char>{page}, {}};
  CHECK(html.find("old_case_1_1_1.html") != std::string::npos);
  CHECK(html.find("again_case_7_3_4.html") != std::string::npos);
}

TEST_CASE("a folder that cannot be made is an error that names it") {
  const temporary_folder scratch;
  const fs::path file = scratch.path() / "file";
  std::ofstream{file} << "no folder";
  const auto results = results_of({recorded_result()});
  CHECK_THROWS_WITH(write_reports(results, sample_catalog(), file / "reports"),
                    Catch::Matchers::StartsWith((file / "reports").string() + ": cannot be made"));
}

TEST_CASE("an index that is none is not overwritten") {
  const temporary_folder scratch;
  const fs::path index = scratch.path() / "index.json";
  std::ofstream{index} << "[1]";
  CHECK_THROWS_AS(write_reports(results_of({recorded_result()}), sample_catalog(), scratch.path()),
                  report_error);
  CHECK(files_in(scratch.path()) == 1);
}

}  // namespace
}  // namespace conformance
