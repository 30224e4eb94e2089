#include "protocol/harness.hpp"

#include <algorithm>
#include <cstring>
#include <map>

namespace websock::protocol::testing {
namespace {

std::string name_of(std::error_code error) {
  static const std::map<errc, std::string> names{{errc::reserved_bits_set, "reserved_bits_set"},
                                                 {errc::reserved_opcode, "reserved_opcode"},
                                                 {errc::fragmented_control_frame, "fragmented_control_frame"},
                                                 {errc::control_frame_too_long, "control_frame_too_long"},
                                                 {errc::nonminimal_length, "nonminimal_length"},
                                                 {errc::length_out_of_range, "length_out_of_range"},
                                                 {errc::unmasked_frame, "unmasked_frame"},
                                                 {errc::masked_frame, "masked_frame"},
                                                 {errc::unexpected_continuation, "unexpected_continuation"},
                                                 {errc::continuation_expected, "continuation_expected"},
                                                 {errc::close_payload_truncated, "close_payload_truncated"},
                                                 {errc::close_code_invalid, "close_code_invalid"},
                                                 {errc::invalid_utf8, "invalid_utf8"},
                                                 {errc::compressed_data_invalid, "compressed_data_invalid"},
                                                 {errc::message_too_big, "message_too_big"},
                                                 {errc::inflate_ratio_exceeded, "inflate_ratio_exceeded"},
                                                 {errc::too_many_fragments, "too_many_fragments"}};
  const auto found = names.find(static_cast<errc>(error.value()));
  return found == names.end() ? error.message() : found->second;
}

// One frame at the front of `frames`: where its parts lie, as far as they are there.
struct parts {
  std::size_t length_end;   // of the first two octets and the extended length
  std::size_t payload_end;  // counted without a masking key
  bool head_complete;
};

parts find_parts(std::string_view frames) {
  const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(frames[at]); };
  if (frames.size() < 2) return {frames.size(), frames.size(), false};
  std::uint64_t length = octet(1) & 0x7FU;
  const std::size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
  const std::size_t length_end = std::min(2 + extended, frames.size());
  if (extended != 0) length = 0;
  for (std::size_t at = 2; at < length_end; ++at) length = length << 8 | octet(at);
  const std::uint64_t left = frames.size() - length_end;
  return {length_end, length_end + static_cast<std::size_t>(std::min(length, left)),
          length_end == 2 + extended};
}

void apply_key(std::string& payload, std::string_view key) {
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ key[i % 4]);
}

}  // namespace

std::string hex(std::string_view digits) {
  std::string octets;
  std::string pair;
  for (const char digit : digits) {
    if (digit == ' ') continue;
    pair += digit;
    if (pair.size() < 2) continue;
    octets += static_cast<char>(std::stoi(pair, nullptr, 16));
    pair.clear();
  }
  return octets;
}

std::string to_hex(std::string_view octets) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string result;
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    result += digits[octet >> 4U];
    result += digits[octet & 0xFU];
  }
  return result;
}

std::string frame(unsigned first_octet, std::string_view payload) {
  std::string result(1, static_cast<char>(first_octet));
  const std::uint64_t size = payload.size();
  std::size_t extended = 0;
  if (size <= 125) {
    result += static_cast<char>(size);
  } else {
    extended = size <= 0xFFFF ? 2 : 8;
    result += static_cast<char>(extended == 2 ? 126 : 127);
  }
  while (extended-- != 0) result += static_cast<char>(size >> 8 * extended);
  return result.append(payload);
}

std::string close(unsigned code, std::string_view reason) {
  std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
  return close(payload.append(reason));
}

std::string masked(std::string_view frames, std::uint32_t seed) {
  std::string result;
  while (!frames.empty()) {
    const parts found = find_parts(frames);
    if (frames.size() < 2) return result.append(frames);
    std::string key(4, '\0');
    std::memcpy(key.data(), &seed, key.size());
    seed = seed * 1664525U + 1013904223U;
    std::string payload{frames.substr(found.length_end, found.payload_end - found.length_end)};
    apply_key(payload, key);
    std::string head{frames.substr(0, found.length_end)};
    head[1] = static_cast<char>(head[1] | '\x80');
    result += head;
    if (found.head_complete) result += key + payload;
    frames.remove_prefix(found.payload_end);
  }
  return result;
}

std::string unmasked(std::string_view frames) {
  std::string result;
  while (!frames.empty()) {
    const std::size_t key_at = find_parts(frames).length_end;
    REQUIRE(frames.size() >= key_at + 4);
    REQUIRE((frames[1] & '\x80') != 0);
    const std::string_view key = frames.substr(key_at, 4);
    std::string head{frames.substr(0, key_at)};
    head[1] = static_cast<char>(head[1] & '\x7F');
    const std::string without_key = head + std::string{frames.substr(key_at + 4)};
    const std::size_t end = find_parts(without_key).payload_end;
    std::string payload = without_key.substr(key_at, end - key_at);
    apply_key(payload, key);
    result += head + payload;
    frames.remove_prefix(end + 4);
  }
  return result;
}

std::string line(std::string_view what, std::string_view payload) {
  std::string result{what};
  if (payload.empty()) return result;
  if (payload.size() > 200) {
    return result + " #" + std::to_string(payload.size()) + ":" +
           std::to_string(std::hash<std::string_view>{}(payload));
  }
  const bool as_hex = what == "binary" || what == "out";
  return result + " " + (as_hex ? to_hex(payload) : std::string{payload});
}

void recorder::drain() {
  const std::string_view octets = as_text(endpoint.output());
  if (octets.empty()) return;
  const bool from_client = endpoint.role() == role::client;
  log.push_back(line("out", from_client ? unmasked(octets) : std::string{octets}));
  endpoint.consume_output(octets.size());
}

event recorder::next(bytes_view& input, bool direct) {
  event found;
  if (!direct || !endpoint.take_message(input, found.content)) return endpoint.next(input);
  found.what = event::kind::message;
  return found;
}

void recorder::take(bytes_view& input, bool direct) {
  while (true) {
    const std::size_t before = input.size();
    const event found = next(input, direct);
    drain();
    switch (found.what) {
      case event::kind::none:
        if (input.empty()) return;
        REQUIRE(input.size() < before);  // what is compressed was inflated to its share; the rest is next
        break;
      case event::kind::message:
        REQUIRE(found.content.is_validated() == found.content.is_text());
        log.push_back(line(found.content.is_text() ? "text" : "binary", found.content.text()));
        break;
      case event::kind::ping:
        log.push_back(line("ping", found.content.text()));
        break;
      case event::kind::pong:
        log.push_back(line("pong", found.content.text()));
        break;
      case event::kind::close: {
        const close_status& status = *endpoint.peer_close();
        const std::string code = status.code ? std::to_string(static_cast<unsigned>(*status.code)) : "";
        log.push_back(line("close", code + (status.reason.empty() ? "" : " " + status.reason)));
        break;
      }
      case event::kind::failure:
        log.push_back(line("failure", name_of(endpoint.failure())));
        break;
    }
  }
}

void recorder::feed(std::string_view octets, bool direct) {
  bytes_view input = as_bytes(octets);
  if (direct) {
    for (mutable_bytes room = endpoint.prepare(); !room.empty() && !input.empty();) {
      const std::size_t count = std::min(room.size(), input.size());
      std::memcpy(room.data(), input.data(), count);
      input = input.subspan(count);
      endpoint.commit(count);
      bytes_view nothing;
      take(nothing, direct);
      room = endpoint.prepare();
    }
  }
  take(input, direct);
}

void check(const vector& vector, const limits& limits, prologue before) {
  for (const role role : {role::server, role::client}) {
    const std::string in = role == role::server ? masked(vector.in) : vector.in;
    const auto run = [&](std::size_t piece, std::size_t rest, bool direct = false) {
      recorder recorder{role, limits};
      if (before != nullptr) before(recorder.endpoint);
      for (std::size_t at = 0; at < in.size();) {
        recorder.feed(std::string_view{in}.substr(at, piece), direct);
        at += piece;
        piece = rest;
      }
      INFO(vector.id << " (" << vector.section << ") as " << (role == role::server ? "server" : "client")
                     << ", cut at " << piece);
      REQUIRE(recorder.log == vector.log);
    };
    run(in.size(), in.size());
    run(in.size(), in.size(), true);
    run(1, 1);
    const std::size_t stride = in.size() <= 600 ? 1 : in.size() / 97;
    for (std::size_t cut = 1; cut < in.size(); cut += stride) run(cut, in.size());
  }
}

}  // namespace websock::protocol::testing
