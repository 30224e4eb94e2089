#include "script/reader.hpp"

#include <array>
#include <map>
#include <set>
#include <utility>

#include "script/payload_reader.hpp"
#include "script/rows.hpp"
#include "script/step_reader.hpp"
#include "server/config_node.hpp"

namespace conformance {
namespace {

using websock::config_key;
using websock::config_node;

// --- The opening handshake -------------------------------------------------------------------------------

void read_fields(const config_node& at, handshake_script& into) {
  if (!at.value().is_object()) at.fail_expected("an object of fields");
  for (const auto& [name, value] : at.value().items()) {
    field_change change{name, {}};
    const config_node member = at.member(name);
    if (value.is_array()) {
      for (const config_node& line : member.elements()) change.values.push_back(line.text());
    } else if (!value.is_null()) {
      change.values.push_back(member.text());
    }
    into.fields.push_back(std::move(change));
  }
}

unsigned read_status(const config_node& at) { return static_cast<unsigned>(at.number(100, 999)); }

void read_statuses(const config_node& at, handshake_script& into) {
  if (!at.value().is_array()) {
    into.statuses.push_back(read_status(at));
    return;
  }
  for (const config_node& status : at.elements()) into.statuses.push_back(read_status(status));
  if (into.statuses.empty()) at.fail_expected("at least one status");
}

void read_response_fields(const config_node& at, handshake_script& into) {
  if (!at.value().is_object()) at.fail_expected("an object of fields and their values");
  for (const auto& [name, value] : at.value().items()) {
    into.response_fields.emplace_back(name, at.member(name).text());
  }
}

duration read_pause(const config_node& at) {
  if (at.value() == "none") at.fail_expected("a time such as \"20s\" or \"0ms\"");
  return at.time_from_zero();
}

constexpr config_key<handshake_script> expected_response_keys[] = {
    {"status", read_statuses},
    {"fields", read_response_fields},
    {"end_allowed", [](const config_node& at, handshake_script& into) { into.end_allowed = at.flag(); }},
};

constexpr config_key<handshake_script> handshake_keys[] = {
    {"method", [](const config_node& at, handshake_script& into) { into.method = at.text(); }},
    {"target", [](const config_node& at, handshake_script& into) { into.target = at.text(); }},
    {"version", [](const config_node& at, handshake_script& into) { into.version = at.text(); }},
    {"status", [](const config_node& at, handshake_script& into) { into.status = read_status(at); }},
    {"reason_phrase", [](const config_node& at, handshake_script& into) { into.reason_phrase = at.text(); }},
    {"fields", read_fields},
    {"raw", [](const config_node& at, handshake_script& into) { into.raw = read_payload(at); }},
    {"behind", [](const config_node& at, handshake_script& into) { into.behind = read_payload(at); }},
    {"chop", [](const config_node& at, handshake_script& into) { into.chop = at.number(0, 1 << 20); }},
    {"pause", [](const config_node& at, handshake_script& into) { into.pause = read_pause(at); }},
    {"must_refuse", [](const config_node& at, handshake_script& into) { into.must_refuse = at.flag(); }},
    {"expect", [](const config_node& at,
                  handshake_script& into) { at.read<handshake_script>(expected_response_keys, into); }},
};

void read_handshake(const config_node& at, test_case& into) {
  at.read<handshake_script>(handshake_keys, into.handshake.emplace());
}

// --- Compression -----------------------------------------------------------------------------------------

std::uint8_t read_bits(const config_node& at) { return static_cast<std::uint8_t>(at.number(8, 15)); }

constexpr config_key<deflate_wish> wish_keys[] = {
    {"server_no_context_takeover",
     [](const config_node& at, deflate_wish& into) { into.server_no_context_takeover = at.flag(); }},
    {"client_no_context_takeover",
     [](const config_node& at, deflate_wish& into) { into.client_no_context_takeover = at.flag(); }},
    {"server_max_window_bits",
     [](const config_node& at, deflate_wish& into) { into.server_max_window_bits = read_bits(at); }},
    {"client_max_window_bits",
     [](const config_node& at, deflate_wish& into) { into.client_max_window_bits = read_bits(at); }},
};

void read_wishes(const config_node& at, deflate_script& into) {
  for (const config_node& element : at.elements())
    element.read<deflate_wish>(wish_keys, into.accept.emplace_back());
}

constexpr config_key<deflate_script> deflate_keys[] = {
    {"offer", [](const config_node& at, deflate_script& into) { into.offer = at.text(); }},
    {"accept", read_wishes},
    {"required", [](const config_node& at, deflate_script& into) { into.required = at.flag(); }},
    {"agreed", [](const config_node& at, deflate_script& into) { into.agreed = at.flag(); }},
};

// --- What to expect --------------------------------------------------------------------------------------

void read_expected(const config_node& at, test_case& into) {
  if (!at.value().is_object()) at.fail_expected("an object of verdicts and their lists of events");
  into.has_expected = true;
  for (const auto& [verdict, ignored] : at.value().items()) {
    const config_node list = at.member(verdict);
    if (verdict != "OK" && verdict != "NON-STRICT" && verdict != "INFORMATIONAL") {
      list.fail("expected the verdicts OK, NON-STRICT and INFORMATIONAL");
    }
    expected_list expected{verdict, {}};
    for (const config_node& event : list.elements()) expected.events.push_back(read_event(event));
    into.expected.push_back(std::move(expected));
  }
}

closer read_closer(const config_node& at) {
  constexpr std::array<std::string_view, 4> names{"runner", "subject", "either", "nobody"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (at.text() == names[i]) return static_cast<closer>(i);
  }
  at.fail_expected("runner, subject, either or nobody");
}

void read_close_codes(const config_node& at, expected_close& into) {
  into.codes.clear();
  for (const config_node& code : at.elements())
    into.codes.push_back(static_cast<std::uint16_t>(code.number(0, 65535)));
}

constexpr config_key<expected_close> closing_keys[] = {
    {"by", [](const config_node& at, expected_close& into) { into.by = read_closer(at); }},
    {"codes", read_close_codes},
    {"clean", [](const config_node& at, expected_close& into) { into.must_be_clean = at.flag(); }},
    {"wrong_code_fails",
     [](const config_node& at, expected_close& into) { into.wrong_code_fails = at.flag(); }},
};

bool read_how(const config_node& at) {
  if (at.text() != "kill" && at.text() != "close") at.fail_expected("\"close\" or \"kill\"");
  return at.text() == "kill";
}

constexpr config_key<finish> finish_keys[] = {
    {"after", [](const config_node& at, finish& into) { into.after = at.time(); }},
    {"how", [](const config_node& at, finish& into) { into.kill = read_how(at); }},
};

// --- The case --------------------------------------------------------------------------------------------

std::string read_id(const config_node& at) {
  if (at.text().empty()) at.fail_expected("an id such as \"1.1.1\"");
  return at.text();
}

void read_subjects(const config_node& at, test_case& into) {
  if (at.elements().empty()) at.fail_expected("\"server\", \"client\" or both");
  into.for_servers = into.for_clients = false;
  for (const config_node& subject : at.elements()) {
    if (subject.text() != "server" && subject.text() != "client")
      subject.fail_expected("\"server\" or \"client\"");
    (subject.text() == "server" ? into.for_servers : into.for_clients) = true;
  }
}

constexpr config_key<test_case> case_keys[] = {
    {"id", [](const config_node& at, test_case& into) { into.id = read_id(at); }},
    {"with", [](const config_node&, test_case&) {}},
    {"group", [](const config_node& at, test_case& into) { into.group = at.text(); }},
    {"subgroup", [](const config_node& at, test_case& into) { into.subgroup = at.text(); }},
    {"description", [](const config_node& at, test_case& into) { into.description = at.text(); }},
    {"expectation", [](const config_node& at, test_case& into) { into.expectation = at.text(); }},
    {"explanation", [](const config_node& at, test_case& into) { into.explanation = at.text(); }},
    {"references",
     [](const config_node& at, test_case& into) {
       for (const config_node& reference : at.elements()) into.references.push_back(reference.text());
     }},
    {"subjects", read_subjects},
    {"informational", [](const config_node& at, test_case& into) { into.informational = at.flag(); }},
    {"reports_time", [](const config_node& at, test_case& into) { into.reports_time = at.flag(); }},
    {"ignores_pongs", [](const config_node& at, test_case& into) { into.ignores_pongs = at.flag(); }},
    {"handshake", read_handshake},
    {"deflate", [](const config_node& at,
                   test_case& into) { at.read<deflate_script>(deflate_keys, into.deflate.emplace()); }},
    {"steps", [](const config_node& at, test_case& into) { into.steps = read_steps(at); }},
    {"expected", read_expected},
    {"closing",
     [](const config_node& at, test_case& into) { at.read<expected_close>(closing_keys, into.closing); }},
    {"finish", [](const config_node& at, test_case& into) { at.read<finish>(finish_keys, into.at_end); }},
};

struct document {
  std::string group;
  std::map<std::string, std::string> subgroups;
  std::vector<test_case> cases;
  std::set<std::string> ids;
  std::function<bool(const std::string& id)> is_taken;
};

std::string first_two_parts(const std::string& id) {
  const std::size_t first = id.find('.');
  return first == std::string::npos ? id : id.substr(0, id.find('.', first + 1));
}

void read_instance(const config_node& at, document& into) {
  for (const std::string_view key : {"id", "description", "expectation", "references"}) (void)at.member(key);
  test_case made;
  at.read<test_case>(case_keys, made);
  const bool is_taken = into.is_taken && into.is_taken(made.id);
  if (is_taken || !into.ids.insert(made.id).second)
    at.member("id").fail("there is another case \"" + made.id + "\"");
  if (made.group.empty()) made.group = into.group;
  if (made.subgroup.empty()) made.subgroup = into.subgroups[first_two_parts(made.id)];
  into.cases.push_back(std::move(made));
}

// The rows themselves are data: "${host}" in one of them is what the runner fills in.
nlohmann::json without_rows(nlohmann::json script) {
  if (script.is_object()) script.erase("with");
  return script;
}

void read_case(const config_node& at, document& into) {
  std::vector<nlohmann::json> rows{nlohmann::json::object()};
  if (at.has("with")) rows = read_rows(at.member("with"));
  const nlohmann::json script = without_rows(at.value());
  for (const nlohmann::json& row : rows) {
    const nlohmann::json made = substitute(config_node{at.document(), script, at.pointer()}, row);
    read_instance(config_node{at.document(), made, at.pointer()}, into);
  }
}

void read_subgroups(const config_node& at, document& into) {
  if (!at.value().is_object()) at.fail_expected("an object of ids and names");
  for (const auto& [id, ignored] : at.value().items()) into.subgroups[id] = at.member(id).text();
}

constexpr config_key<document> document_keys[] = {
    {"$schema", [](const config_node& at, document&) { (void)at.text(); }},
    {"group", [](const config_node& at, document& into) { into.group = at.text(); }},
    {"subgroups", read_subgroups},
    {"cases",
     [](const config_node& at, document& into) {
       for (const config_node& element : at.elements()) read_case(element, into);
     }},
};

}  // namespace

std::vector<test_case> read_cases(std::string_view text, std::string_view name,
                                  std::function<bool(const std::string& id)> is_taken) {
  const websock::config_document source{text, name};
  const config_node root{source};
  document read;
  read.is_taken = std::move(is_taken);
  (void)root.member("cases");
  root.read<document>(document_keys, read);
  return std::move(read.cases);
}

}  // namespace conformance
