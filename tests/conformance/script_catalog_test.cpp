// The catalog: the order of ids, globs, and cases of folders.
#include "conformance/script_reading.hpp"
#include "script/catalog.hpp"
#include "server/scratch_folder.hpp"
#include "support/catch.hpp"

using namespace conformance;

namespace {

std::string document(const std::string& id) {
  return R"({"cases": [{"id": ")" + id + R"(", "description": "D", "expectation": "E", "references": []}]})";
}

std::vector<std::string> ids_of(const catalog& all) {
  std::vector<std::string> ids;
  for (const auto& one : all.cases()) ids.push_back(one->id);
  return ids;
}

std::string problem_of_folder(const std::string& folder) {
  catalog all;
  try {
    all.add_folder(folder);
  } catch (const script_error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("ids are in the order of their parts, numbers before names") {
  const std::vector<std::string> ordered{"1.1.1",  "1.1.2", "1.1.10", "1.2.1", "2",     "2.1",
                                         "10.1.1", "c.1.2", "c.1.10", "d.1.1", "d.1.1a"};
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    for (std::size_t j = 0; j < ordered.size(); ++j) {
      CAPTURE(ordered[i], ordered[j]);
      CHECK(id_less(ordered[i], ordered[j]) == (i < j));
    }
  }
}

TEST_CASE("a glob's star stands for any text") {
  const std::pair<const char*, const char*> fitting[] = {
      {"*", ""},          {"*", "1.1.1"},       {"1.*", "1.1.1"}, {"1.1.1", "1.1.1"}, {"*.1", "1.1.1"},
      {"1.*.1", "1.2.1"}, {"1.*.1", "1.2.3.1"}, {"**", "x"},      {"*a*b", "xaybzb"}, {"", ""}};
  for (const auto& [glob, text] : fitting) {
    CAPTURE(glob, text);
    CHECK(matches(glob, text));
  }
  const std::pair<const char*, const char*> other[] = {{"1.*", "10.1.1"}, {"1.1", "1.1.1"},  {"", "1"},
                                                       {"H.*", "h.1.1"},  {"*a*b", "xayb."}, {"1.?", "1.1"}};
  for (const auto& [glob, text] : other) {
    CAPTURE(glob, text);
    CHECK_FALSE(matches(glob, text));
  }
}

TEST_CASE("a catalog keeps its cases in order and finds each") {
  catalog all;
  for (const char* const id : {"2.10.1", "h.1.1", "2.9.1", "1.1.1"}) all.add(document(id), "mine.json");
  CHECK(ids_of(all) == std::vector<std::string>{"1.1.1", "2.9.1", "2.10.1", "h.1.1"});
  REQUIRE(all.find("2.10.1") != nullptr);
  CHECK(all.find("2.10.1")->id == "2.10.1");
  CHECK(all.find("2.10") == nullptr);
  CHECK(all.find("") == nullptr);
}

TEST_CASE("an id must not be given twice") {
  catalog all;
  all.add(document("1.1.1"), "first.json");
  CHECK_THROWS_WITH(all.add(document("1.1.1"), "second.json"),
                    "second.json:1:19: /cases/0/id: there is another case \"1.1.1\"");
}

TEST_CASE("an id must not be made twice in one document") {
  catalog all;
  const std::string twice =
      R"({"cases": [{"id": "1.1.1", "with": [{}, {}], "description": "", "expectation": "",
                                           "references": []}]})";
  CHECK_THROWS_WITH(all.add(twice, "mine.json"),
                    "mine.json:1:19: /cases/0/id: there is another case \"1.1.1\"");
}

TEST_CASE("the built-in cases are those of Autobahn and ours") {
  const catalog all = catalog::built_in();
  CHECK(all.cases().size() > 517);
  for (const char* const id : {"1.1.1", "6.4.1", "9.8.6", "12.5.18", "13.7.18", "c.1.1", "x.1.1"}) {
    CAPTURE(id);
    CHECK(all.find(id) != nullptr);
  }
}

TEST_CASE("the cases of a folder, without its schema") {
  const scratch_folder folder;
  folder.write("b.json", document("2.1.1"));
  folder.write("a.json", document("1.1.1"));
  folder.write("schema.json", "no JSON");
  folder.write("notes.txt", "no JSON");
  catalog all;
  all.add_folder(folder.path().string());
  CHECK(ids_of(all) == std::vector<std::string>{"1.1.1", "2.1.1"});
}

TEST_CASE("a folder without a script, and none at all") {
  const scratch_folder folder;
  const std::string path = folder.path().string();
  CHECK(problem_of_folder(path) == path + ": there is no file *.json in this folder");
  CHECK(problem_of_folder(path + "/none") == path + "/none: No such file or directory");
  folder.write("a.json", "{\n  \"cases\": 1 }");
  CHECK(problem_of_folder(path) == path + "/a.json:2:12: /cases: expected an array, got 1");
}
