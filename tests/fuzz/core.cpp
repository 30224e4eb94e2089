// Two endpoints whose wires are connected, and a program of what happens between them: who sends what, how much
// of it is on the wire, how it is split and read, and which octet is changed on its way. While none is, every
// message arrives as it was sent, in order, and the connection is closed cleanly.
#include <array>
#include <deque>
#include <optional>
#include <string>

#include "fuzz/feed.hpp"
#include "fuzz/input.hpp"
#include "websock/protocol/prepared_message.hpp"

using namespace websock;
using namespace websock::protocol;
using namespace websock::test;

namespace {

constexpr limits small{.message = 1 << 18, .fragments = 300, .buffered_control_frames = 4};

/// What is sent, in one string: its kind, then its payload.
std::string told(opcode kind, bytes_view payload) {
  return std::string{kind == opcode::text ? "t" : "b"}.append(as_text(payload));
}

struct endpoint {
  explicit endpoint(role ours) : core{ours, small} {}

  connection core;
  std::string wire;  // on its way to the other end
  std::deque<std::string> sent;  // messages that are whole and have not arrived
  std::optional<std::string> open;  // the one whose fragments are being sent
  opcode open_kind = opcode::text;
  std::size_t fragments = 0;  // of it
};

// Words that come again, so that there is something to find in a window.
const std::string& words() {
  static const std::string all = [] {
    static constexpr std::array<std::string_view, 4> known{"a", "é€", "{\"name\": ", "𐍈 websocket"};
    std::string text;
    for (std::uint32_t random = 0; text.size() < 70'100; random = random * 1664525U + 1013904223U) {
      text += known[random >> 30U];
    }
    return text;
  }();
  return all;
}

std::string text_of(std::size_t size) {
  while ((static_cast<std::uint8_t>(words()[size]) & 0xC0U) == 0x80) ++size;  // within a code point
  return words().substr(0, size);
}

compression some_compression(std::uint8_t chosen) {
  constexpr std::array all{compression::automatic, compression::always, compression::never};
  return all[chosen % all.size()];
}

class conversation {
 public:
  explicit conversation(fuzz_input& program) : program_{program} {
    const std::uint8_t setup = program.octet();
    if ((setup & 1U) == 0) return;
    const deflate_parameters agreed{(setup & 2U) != 0, (setup & 4U) != 0,
                                    static_cast<std::uint8_t>(8 + program.octet() % 8),
                                    static_cast<std::uint8_t>(8 + program.octet() % 8)};
    const deflate_options options{
        .level = (setup & 8U) != 0 ? 1 : 6, .memory_level = 1 + setup / 32, .threshold = 20};
    for (endpoint& end : ends_) require(!end.core.enable_deflate(agreed, options));
  }

  void run() {
    while (!program_.at_end()) step();
    if (!corrupted_) finish();
  }

 private:
  void step() {
    const std::uint8_t operation = program_.octet();
    endpoint& from = ends_[operation & 1U];
    endpoint& to = ends_[1 - (operation & 1U)];
    const std::uint8_t detail = operation >> 5U;
    switch ((operation >> 1U) % 16U) {
      case 0:
        return send(from, opcode::text, detail);
      case 1:
        return send(from, opcode::binary, detail);
      case 2:
        return send_prepared(from, detail);
      case 3:
        return send_behind_head(from, detail);
      case 4:
        return send_fragment(from, false, detail);
      case 5:
        return send_fragment(from, true, detail);
      case 6:
        return control(from, detail);
      case 7:
        return close(from, detail);
      case 8:
        return corrupt(from);
      case 9:
        return write(from, from.core.output().size());
      case 10:
        return write(from, program_.octet());
      case 11:
        return deliver(from, to, program_.octet(), detail);
      case 12:
        return deliver(from, to, 50U * program_.octet(), detail);
      default:
        write(from, from.core.output().size());
        return deliver(from, to, from.wire.size(), detail);
    }
  }

  // Text, with a number so that no two are the same, and noise: what compresses, and what does not.
  std::string payload(opcode kind) {
    constexpr std::array<std::size_t, 8> sizes{125, 126, 700, 3000, 4200, 10'000, 65'535, 70'000};
    const std::uint8_t shape = program_.octet();
    const std::size_t size = shape < 240 || shape >= 248 ? shape % 32U : sizes[shape % 8U];
    if (kind == opcode::binary && (shape & 32U) != 0) return std::string{as_text(program_.bytes(size))};
    const std::string number = size == 0 ? "" : std::to_string(++payloads_);
    return number + text_of(size - std::min(number.size(), size));
  }

  // --- What an application does: refused where it may not be, and then nothing is done ---------------

  void expect(endpoint& from, bool accepted, std::error_code error, std::string what) {
    require(accepted == !error);
    if (accepted) from.sent.push_back(std::move(what));
  }

  void send(endpoint& from, opcode kind, std::uint8_t how) {
    const std::string content = payload(kind);
    const bool accepted = from.core.can_send() && !from.open;
    expect(from, accepted, from.core.send(kind, as_bytes(content), some_compression(how)),
           told(kind, as_bytes(content)));
  }

  void send_prepared(endpoint& from, std::uint8_t how) {
    const std::string content = payload(opcode::text);
    const prepared_message prepared{content};
    const bool accepted = from.core.can_send() && !from.open;
    expect(from, accepted, from.core.send(prepared, some_compression(how)),
           told(opcode::text, as_bytes(content)));
  }

  // A server's payload that is written from where it is; what could not be written waits in the output.
  void send_behind_head(endpoint& from, std::uint8_t how) {
    const std::string content = payload(opcode::text);
    const bool accepted = from.core.can_send() && !from.open && from.core.role() == role::server;
    const prepared_message prepared{content};
    bytes_view rest = as_bytes(content);
    const bool is_prepared = (how & 4U) != 0;
    const std::error_code error = is_prepared ? from.core.send_head(prepared, some_compression(how), rest)
                                              : from.core.send_head(opcode::text, rest.size());
    expect(from, accepted, error, told(opcode::text, as_bytes(content)));
    if (error) return;
    const bytes_view output = from.core.output();
    const std::size_t written = std::min<std::size_t>(50U * program_.octet(), output.size() + rest.size());
    const std::size_t of_output = std::min(written, output.size());
    from.wire.append(as_text(output.first(of_output))).append(as_text(rest.first(written - of_output)));
    from.core.append_payload(rest.subspan(written - of_output));
    from.core.consume_output(of_output);
  }

  void send_fragment(endpoint& from, bool fin, std::uint8_t how) {
    const opcode first = (how & 4U) != 0 ? opcode::text : opcode::binary;
    const opcode kind = from.open ? from.open_kind : first;
    const std::string content = payload(kind);
    fin =
        fin || from.fragments + 1 == small.fragments || (from.open && from.open->size() > small.message / 2);
    const bool accepted = from.core.can_send();
    const opcode named = from.open ? opcode::continuation : kind;
    require(accepted == !from.core.send_fragment(named, as_bytes(content), fin, some_compression(how)));
    if (!accepted) return;
    if (!from.open) from.open = told(from.open_kind = kind, {});
    from.open->append(content);
    ++from.fragments;
    if (fin) end_message(from);
  }

  void end_message(endpoint& from) {
    from.sent.push_back(*std::exchange(from.open, std::nullopt));
    from.fragments = 0;
  }

  void control(endpoint& from, std::uint8_t detail) {
    const bytes_view content = program_.bytes(program_.octet() % 130U);
    const bool accepted = from.core.can_send() && content.size() <= largest_control_payload;
    require(accepted == !((detail & 1U) != 0 ? from.core.ping(content) : from.core.pong(content)));
  }

  void close(endpoint& from, std::uint8_t detail) {
    constexpr std::array<std::uint16_t, 4> codes{1000, 1001, 1005, 4999};
    const std::uint16_t code = codes[detail % codes.size()];
    const bool has_code = (detail & 4U) != 0;
    const std::string_view reason = has_code && detail % 2U == 1 ? "Grüße" : "";
    const auto given = has_code ? std::optional{static_cast<close_code>(code)} : std::nullopt;
    const bool accepted = from.core.can_send() && (!has_code || code != 1005);
    require(accepted == !from.core.close(given, reason));
  }

  // --- The wire ----------------------------------------------------------------------------------

  void write(endpoint& from, std::size_t count) {
    const bytes_view output = from.core.output();
    count = std::min(count, output.size());
    from.wire += as_text(output.first(count));
    from.core.consume_output(count);
  }

  void corrupt(endpoint& from) {
    const std::uint8_t at = program_.octet();
    const std::uint8_t bits = program_.octet();
    if (at >= from.wire.size() || bits == 0) return;
    from.wire[at] = static_cast<char>(static_cast<std::uint8_t>(from.wire[at]) ^ bits);
    corrupted_ = true;
  }

  void deliver(endpoint& from, endpoint& to, std::size_t count, std::uint8_t how) {
    count = std::min(count, from.wire.size());
    bool over = to.core.is_done();
    const auto take = [&](const event& found) {
      require(!over || found.what == event::kind::none);
      over = over || found.what == event::kind::close || found.what == event::kind::failure;
      arrived(from, found);
    };
    // A copy of its own, so that a sanitizer sees who keeps a view of it.
    const std::string piece = from.wire.substr(0, count);
    from.wire.erase(0, count);
    if ((how & 1U) != 0) {
      feed_directly(to.core, as_bytes(piece), take);
    } else {
      feed(to.core, as_bytes(piece), (how & 2U) != 0, take);
    }
  }

  void arrived(endpoint& from, const event& found) {
    if (corrupted_) return;
    require(found.what != event::kind::failure);
    if (found.what != event::kind::message) return;
    require(!from.sent.empty());
    require(from.sent.front() == told(found.content.kind(), found.content.bytes()));
    from.sent.pop_front();
  }

  // --- The end -----------------------------------------------------------------------------------

  void finish() {
    for (endpoint& end : ends_) {
      if (end.open && end.core.can_send()) {
        require(!end.core.send_fragment(opcode::continuation, {}, true));
        end_message(end);
      }
    }
    if (ends_[0].core.can_send()) require(!ends_[0].core.close(close_code::going_away, "done"));
    for (int turn = 0; turn < 3; ++turn) {
      for (std::size_t i : {0U, 1U}) {
        write(ends_[i], ends_[i].core.output().size());
        deliver(ends_[i], ends_[1 - i], ends_[i].wire.size(), program_.octet());
      }
    }
    for (std::size_t i : {0U, 1U}) {
      const connection& one = ends_[i].core;
      require(one.state() == state::closed || one.state() == state::close_received);
      require(one.output().empty() && ends_[i].sent.empty());
      require(one.peer_close()->code == ends_[1 - i].core.local_close()->code);
      require(one.peer_close()->reason == ends_[1 - i].core.local_close()->reason);
    }
  }

  fuzz_input& program_;
  std::size_t payloads_ = 0;
  std::array<endpoint, 2> ends_{endpoint{role::server}, endpoint{role::client}};
  bool corrupted_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz_input program{data, size};
  conversation{program}.run();
  return 0;
}
