#include "report/junit.hpp"

#include "sample_results.hpp"
#include "support/catch.hpp"
#include "websock/protocol/utf8.hpp"

namespace conformance {
namespace {

// Whether a text is well-formed XML of the kind that is written here: elements, attributes in double quotes, the
// five entities that XML has and numbers, and only characters that XML 1.0 allows.
class well_formed {
 public:
  explicit well_formed(std::string_view text) : rest_{text} { good_ = has_allowed_characters() && read(); }
  explicit operator bool() const { return good_; }

 private:
  bool has_allowed_characters() const {
    if (!websock::protocol::is_utf8(websock::as_bytes(rest_))) return false;
    if (rest_.find("\xef\xbf\xbe") != rest_.npos || rest_.find("\xef\xbf\xbf") != rest_.npos) return false;
    return std::ranges::none_of(rest_, [](char each) {
      return static_cast<unsigned char>(each) < 0x20 && each != '\n' && each != '\t';
    });
  }

  bool read() {
    rest_.remove_prefix(std::min(rest_.find("?>") + 2, rest_.size()));
    while (!rest_.empty()) {
      if (!(rest_.front() == '<' ? read_tag() : read_text(rest_.substr(0, rest_.find('<'))))) return false;
    }
    return open_.empty();
  }

  bool read_text(std::string_view text) {
    rest_.remove_prefix(text.size());
    return is_escaped(text);
  }

  static bool is_escaped(std::string_view text) {
    for (std::size_t at = text.find('&'); at != text.npos; at = text.find('&', at + 1)) {
      const std::string_view entity = text.substr(at, text.find(';', at) - at + 1);
      if (entity != "&amp;" && entity != "&lt;" && entity != "&gt;" && entity != "&quot;" &&
          entity != "&#39;")
        return false;
    }
    return text.find("]]>") == text.npos && text.find('<') == text.npos;
  }

  bool read_tag() {
    const std::size_t end = rest_.find('>');
    if (end == rest_.npos) return false;
    std::string_view tag = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    if (tag.starts_with('/')) return close_tag(tag.substr(1));
    const bool is_empty = tag.ends_with('/');
    if (is_empty) tag.remove_suffix(1);
    const std::string_view name = tag.substr(0, tag.find(' '));
    if (!is_empty) open_.emplace_back(name);
    return has_attributes(tag.substr(name.size()));
  }

  bool close_tag(std::string_view name) {
    if (open_.empty() || open_.back() != name) return false;
    open_.pop_back();
    return true;
  }

  static bool has_attributes(std::string_view text) {
    while (!text.empty()) {
      const std::size_t start = text.find("=\"");
      const std::size_t end = start == text.npos ? start : text.find('"', start + 2);
      if (text.front() != ' ' || end == text.npos || !is_escaped(text.substr(start + 2, end - start - 2)))
        return false;
      text.remove_prefix(end + 1);
    }
    return true;
  }

  std::string_view rest_;
  std::vector<std::string> open_;
  bool good_ = false;
};

TEST_CASE("JUnit has a suite an agent, and a failure where the gate fails") {
  case_result informational = passed_result("a", "1.1.1");
  informational.behavior = verdict::informational;
  informational.result = "It took its time";
  const auto results =
      results_of({recorded_result(), passed_result("websock server", "1.1.1"), informational});
  const std::string xml = to_junit(judge(results, {}, false), sample_catalog());
  CHECK(well_formed{xml});
  CHECK(xml.find("<testsuite name=\"a\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\"") !=
        std::string::npos);
  CHECK(xml.find("<testsuite name=\"websock server\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\" "
                 "time=\"0.002\"") != std::string::npos);
  CHECK(xml.find("<testcase classname=\"Close\" name=\"7.3.4\" time=\"0.001\">") != std::string::npos);
  CHECK(xml.find("<failure message=\"behavior OK, behaviorClose UNCLEAN\">") != std::string::npos);
  CHECK(xml.find("<skipped message=\"behavior INFORMATIONAL, behaviorClose OK; It took its time\"/>") !=
        std::string::npos);
}

TEST_CASE("what is waived is skipped, with the reason") {
  const auto results = results_of({recorded_result()});
  const auto waivers = parse_waivers(
      R"({"waivers": [{"agent": "*", "cases": ["7.*"], "behaviorClose": "UNCLEAN", "reason": "known <bug>"}]})",
      "w");
  const std::string xml = to_junit(judge(results, waivers, false), sample_catalog());
  CHECK(well_formed{xml});
  CHECK(xml.find("<failure") == std::string::npos);
  CHECK(xml.find("waived: known &lt;bug&gt;") != std::string::npos);
}

TEST_CASE("JUnit of what a hostile peer says is well-formed") {
  const auto results = results_of({hostile_result()});
  CHECK(well_formed{to_junit(judge(results, {}, false), sample_catalog())});
}

TEST_CASE("the check of well-formedness notices what it should") {
  CHECK_FALSE(well_formed{"<?xml?><a><b></a></b>"});
  CHECK_FALSE(well_formed{"<?xml?><a>&nbsp;</a>"});
  CHECK_FALSE(well_formed{"<?xml?><a b=\"<\"/>"});
  CHECK_FALSE(well_formed{"<?xml?><a>\x1b</a>"});
  CHECK_FALSE(well_formed{"<?xml?><a>"});
}

}  // namespace
}  // namespace conformance
