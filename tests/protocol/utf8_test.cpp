// UTF-8 of text: RFC 6455 section 8.1 and Autobahn's group 6 (ids as there).
#include <algorithm>
#include <array>

#include "protocol/harness.hpp"
#include "websock/protocol/utf8.hpp"

namespace websock::protocol::testing {
namespace {

const std::vector<std::string> bad{"out 880203ef", "failure invalid_utf8"};
const std::string greek = hex("ce ba e1 bd b9 cf 83 ce bc ce b5");

struct sample {
  const char* id;
  const char* octets;
};

const sample valid_samples[] = {{"6.2", "48656c6c6f2dc2b540c39fc3b6c3a4c3bcc3a0c3a12d5554462d382121"},
                                {"6.5.1", "ce ba"},
                                {"6.5.3", "ce ba e1 bd b9"},
                                {"6.5.5", "ce ba e1 bd b9 cf 83 ce bc ce b5"},
                                {"6.7.1", "00"},
                                {"6.7.2", "c2 80"},
                                {"6.7.3", "e0 a0 80"},
                                {"6.7.4", "f0 90 80 80"},
                                {"6.9.1", "7f"},
                                {"6.9.2", "df bf"},
                                {"6.9.3", "ef bf bf"},
                                {"6.9.4", "f4 8f bf bf"},
                                {"6.11.1", "ed 9f bf"},
                                {"6.11.2", "ee 80 80"},
                                {"6.11.3", "ef bf bd"},
                                {"6.11.4", "f4 8f bf bf"},
                                {"6.22.1", "ef bf be"},
                                {"6.22.2", "ef bf bf"},
                                {"6.22.3", "f0 9f bf be"},
                                {"6.22.34", "f4 8f bf bf"},
                                {"6.23.1", "ef bf b9"},
                                {"6.23.7", "ef bf bf"}};

const sample invalid_samples[] = {
    {"6.3", "ce ba e1 bd b9 cf 83 ce bc ce b5 ed a0 80 65 64 69 74 65 64"},
    {"6.4", "ce ba e1 bd b9 cf 83 ce bc ce b5 f4 90 80 80 65 64 69 74 65 64"},
    {"6.6.1", "ce"},
    {"6.6.3", "ce ba e1"},
    {"6.6.4", "ce ba e1 bd"},
    {"6.6.6", "ce ba e1 bd b9 cf"},
    {"6.8.1", "f8 88 80 80 80"},
    {"6.8.2", "fc 84 80 80 80 80"},
    {"6.10.1", "f7 bf bf bf"},
    {"6.10.2", "fb bf bf bf bf"},
    {"6.10.3", "fd bf bf bf bf bf"},
    {"6.11.5", "f4 90 80 80"},
    {"6.12.1", "80"},
    {"6.12.2", "bf"},
    {"6.12.3", "80 bf"},
    {"6.12.8", "80 81 82 bf bf 80"},
    {"6.13.1", "c0 20 c1 20 c2 20 df 20"},
    {"6.13.2", "e0 20 e1 20 ef 20"},
    {"6.13.3", "f0 20 f1 20 f7 20"},
    {"6.13.4", "f8 20 fb 20"},
    {"6.13.5", "fc 20 fd 20"},
    {"6.14.1", "c0"},
    {"6.14.2", "e0 80"},
    {"6.14.3", "f0 80 80"},
    {"6.14.4", "f8 80 80 80"},
    {"6.14.5", "fc 80 80 80 80"},
    {"6.14.6", "df"},
    {"6.14.7", "ef bf"},
    {"6.14.8", "f7 bf bf"},
    {"6.14.9", "fb bf bf bf"},
    {"6.14.10", "fd bf bf bf bf"},
    {"6.15.1", "c0 e0 80 f0 80 80 f8 80 80 80 fc 80 80 80 80 df ef bf f7 bf bf"},
    {"6.16.1", "fe"},
    {"6.16.2", "ff"},
    {"6.16.3", "fe fe ff ff"},
    {"6.17.1", "c0 af"},
    {"6.17.2", "e0 80 af"},
    {"6.17.3", "f0 80 80 af"},
    {"6.17.4", "f8 80 80 80 af"},
    {"6.17.5", "fc 80 80 80 80 af"},
    {"6.18.1", "c1 bf"},
    {"6.18.2", "e0 9f bf"},
    {"6.18.3", "f0 8f bf bf"},
    {"6.18.4", "f8 87 bf bf bf"},
    {"6.18.5", "fc 83 bf bf bf bf"},
    {"6.19.1", "c0 80"},
    {"6.19.2", "e0 80 80"},
    {"6.19.3", "f0 80 80 80"},
    {"6.20.1", "ed a0 80"},
    {"6.20.2", "ed ad bf"},
    {"6.20.3", "ed ae 80"},
    {"6.20.4", "ed af bf"},
    {"6.20.5", "ed b0 80"},
    {"6.20.6", "ed be 80"},
    {"6.20.7", "ed bf bf"},
    {"6.21.1", "ed a0 80 ed b0 80"},
    {"6.21.8", "ed af bf ed bf bf"}};

std::string fragments_of(std::string_view payload, std::size_t size) {
  std::string frames = first_text(payload.substr(0, size));
  for (std::size_t at = size; at < payload.size(); at += size) frames += middle(payload.substr(at, size));
  return frames + last("");
}

TEST_CASE("6.1: text of no octets", "[utf8]") {
  check({"6.1.1", "5.6", text(""), {"text"}});
  check({"6.1.2", "5.6", first_text("") + middle("") + last(""), {"text"}});
  check({"6.1.3", "5.6", first_text("") + middle("middle") + last(""), {"text middle"}});
}

TEST_CASE("6: valid text arrives, whole, in fragments and behind a long prefix", "[utf8]") {
  for (const auto& [id, digits] : valid_samples) {
    const std::string octets = hex(digits);
    const std::string padded = std::string(300, 'x') + octets;
    check({id, "8.1", text(octets), {line("text", octets)}});
    check({id, "8.1", fragments_of(octets, 1), {line("text", octets)}});
    check({id, "8.1", fragments_of(octets, 2), {line("text", octets)}});
    check({id, "8.1", text(padded), {line("text", padded)}});
  }
}

TEST_CASE("6: invalid text fails the connection with 1007", "[utf8]") {
  for (const auto& [id, digits] : invalid_samples) {
    const std::string octets = hex(digits);
    check({id, "8.1", text(octets), bad});
    check({id, "8.1", fragments_of(octets, 1), bad});
    check({id, "8.1", fragments_of(octets, 2), bad});
    check({id, "8.1", text(std::string(300, 'x') + octets), bad});
    check({id, "8.1", text(octets + "and more text behind it"), bad});
    check({id, "5.6", binary(octets), {"binary " + to_hex(octets)}});
  }
}

TEST_CASE("6.4: text fails at the first octet that cannot be right", "[utf8]") {
  const std::string good = greek + hex("f4");
  const std::string rest = hex("90 80 80 65 64 69 74 65 64");
  for (const role role : {role::server, role::client}) {
    const std::string whole = text(good + rest);
    const std::string in = role == role::server ? masked(whole) : whole;
    const std::size_t until = in.size() - rest.size();
    recorder receiver{role};
    receiver.feed(std::string_view{in}.substr(0, until));
    REQUIRE(receiver.log.empty());
    receiver.feed(std::string_view{in}.substr(until, 1));
    REQUIRE(receiver.log == bad);
  }
}

TEST_CASE("6.4: text that proves bad in a committed read fails", "[utf8]") {
  const std::string payload =
      std::string(5000, 'a') + std::string(4000, 'b') + "\xFF" + std::string(3000, 'c');
  for (const role role : {role::server, role::client}) {
    const std::string in = role == role::server ? masked(text(payload)) : text(payload);
    recorder receiver{role};
    receiver.feed(std::string_view{in}.substr(0, 5100));
    REQUIRE(!receiver.endpoint.prepare().empty());
    receiver.feed(std::string_view{in}.substr(5100, 4500), true);
    REQUIRE(receiver.log == bad);
    REQUIRE(receiver.endpoint.prepare().empty());
  }
}

// --- The validator against arithmetic on code points -------------------------------------------

// Whether some code point begins with these octets (or is these octets): the values that the missing
// octets leave possible must meet those that this length may encode.
bool is_viable(const std::uint8_t* octets, std::size_t count) {
  const unsigned lead = octets[0];
  if (lead < 0x80) return count == 1;
  const unsigned length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC0 || lead >= 0xF8 || count > length) return false;
  unsigned low = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < count; ++i) {
    if ((octets[i] & 0xC0U) != 0x80U) return false;
    low = low << 6U | (octets[i] & 0x3FU);
  }
  const auto missing = 6 * (length - static_cast<unsigned>(count));
  const unsigned first = low << missing;
  const unsigned final = first + (1U << missing) - 1;
  const unsigned shortest = length == 2 ? 0x80U : length == 3 ? 0x800U : 0x10000U;
  if (final < shortest || first > 0x10FFFFU) return false;
  return !(first >= 0xD800U && final <= 0xDFFFU);
}

// How many octets a validator may see before it must refuse; `complete` when all are whole.
std::size_t viable_prefix(const std::vector<std::uint8_t>& octets, bool& complete) {
  std::size_t start = 0;
  complete = true;
  for (std::size_t at = 0; at < octets.size(); ++at) {
    const std::size_t count = at + 1 - start;
    if (!is_viable(&octets[start], count)) return at;
    const unsigned lead = octets[start];
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    complete = count == length;
    if (complete) start = at + 1;
  }
  return octets.size();
}

TEST_CASE("The validator refuses exactly what no code point begins with", "[utf8]") {
  constexpr std::array<std::uint8_t, 24> octets{0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xAF,
                                                0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC,
                                                0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};
  std::size_t wrong = 0;
  std::vector<std::uint8_t> sequence(4);
  for (std::size_t n = 0; n < 24 * 24 * 24 * 24; ++n) {
    for (std::size_t i = 0, rest = n; i < 4; ++i, rest /= 24) sequence[i] = octets[rest % 24];
    bool complete = false;
    const std::size_t expected = viable_prefix(sequence, complete);
    const bytes_view bytes = std::as_bytes(std::span{sequence});
    utf8_validator by_octet;
    std::size_t taken = 0;
    while (taken < 4 && by_octet.feed(bytes.subspan(taken, 1))) ++taken;
    utf8_validator at_once;
    const bool fed = at_once.feed(bytes);
    wrong += taken != expected;
    wrong += fed != (expected == 4);
    wrong += fed && at_once.is_complete() != complete;
    wrong += is_utf8(bytes) != (expected == 4 && complete);
  }
  REQUIRE(wrong == 0);
}

TEST_CASE("Long text may be cut anywhere", "[utf8]") {
  std::string content;
  while (content.size() < 700) content += "aé€𐍈" + std::string(content.size() % 37, 'x');
  for (std::size_t cut = 0; cut <= content.size(); ++cut) {
    utf8_validator validator;
    REQUIRE(validator.feed(as_bytes(content).first(cut)));
    REQUIRE(validator.feed(as_bytes(content).subspan(cut)));
    REQUIRE(validator.is_complete());
  }
}

}  // namespace
}  // namespace websock::protocol::testing
