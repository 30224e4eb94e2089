// Messages and echoes of a conversation.
#include <algorithm>
#include <cstring>
#include <utility>

#include "run/conversation.hpp"
#include "script/content.hpp"

namespace conformance {

using websock::opcode;
using websock::task;
using websock::protocol::frame_head;

namespace {

// Writes the length of a frame anew, in the form of so many bits.
void use_length_bits(std::string& frame, std::uint8_t bits, std::uint64_t length) {
  const unsigned masked = static_cast<unsigned char>(frame[1]) & 0x80U;
  const std::size_t shortest = websock::protocol::head_size(length, false) - 2;
  const std::size_t width = bits == 64 ? 8 : bits == 16 ? 2 : 0;
  std::string field;
  for (std::size_t i = width; i > 0; --i) field.push_back(static_cast<char>(length >> (8 * (i - 1))));
  const unsigned small = width == 8 ? 127 : width == 2 ? 126 : static_cast<unsigned>(length & 0x7F);
  frame[1] = static_cast<char>(small | masked);
  frame.replace(2, shortest, field);
}

constexpr std::size_t most_gathered = 64 * 1024;

}  // namespace

task<void> conversation::send(const frame_step& wanted) {
  if (facts_.is_over) co_return;
  const std::string payload = wanted.content.make(seed_);
  frame_head head;
  head.kind = static_cast<opcode>(wanted.opcode);
  head.fin = wanted.fin;
  head.reserved = wanted.reserved;
  head.masked = wanted.masked.value_or(!is_server_);
  head.length = wanted.length.value_or(payload.size());
  if (head.masked) head.key = fresh_key();
  if (head.masked && wanted.key) std::memcpy(&head.key, wanted.key->data(), sizeof head.key);
  if (head.kind == opcode::connection_close && head.fin && head.reserved == 0) note_close(payload);
  std::string octets;
  add_frame(octets, head, payload, wanted.chop);
  if (wanted.length_bits != 0) use_length_bits(octets, wanted.length_bits, head.length);
  co_await leave(std::move(octets), wanted.chop, wanted.sync);
}

task<void> conversation::leave(std::string octets, std::uint64_t chop, bool sync) {
  if (chop == 0) {
    outbox_ += octets;
    if (sync || outbox_.size() >= most_gathered) co_await flush();
  } else {
    co_await write(std::move(octets), chop);
  }
}

task<void> conversation::send(const message_step& wanted) {
  if (facts_.is_over) co_return;
  std::string payload = wanted.content.make(seed_);
  ++facts_.traffic.messages_sent;
  facts_.traffic.plain_sent += payload.size();
  const bool compressed = wanted.compressed && deflate_;
  if (compressed) payload = compress(payload);
  std::string octets = frames_of(wanted, payload, compressed);
  co_await leave(std::move(octets), wanted.chop, false);
}

std::string conversation::compress(std::string_view payload) {
  if (!deflater_) deflater_.emplace(own_direction());
  return deflater_->compress(payload);
}

// As the original fragments: where the size is an exact multiple, an empty frame ends the message.
std::string conversation::frames_of(const message_step& wanted, std::string_view payload, bool compressed) {
  std::string octets;
  const std::size_t piece =
      wanted.fragment == 0 || payload.size() <= wanted.fragment ? payload.size() : wanted.fragment;
  const bool is_split = piece != payload.size();
  std::size_t at = 0;
  frame_head head;
  head.masked = !is_server_;
  head.kind = wanted.binary ? opcode::binary : opcode::text;
  head.reserved = compressed ? websock::protocol::per_message_compressed : 0;
  do {
    const std::string_view part = payload.substr(at, piece);
    at += piece;
    head.fin = !is_split || at > payload.size();
    head.length = part.size();
    head.key = head.masked ? fresh_key() : 0;
    facts_.traffic.wire_sent += part.size();
    add_frame(octets, head, part, wanted.chop);
    head.kind = opcode::continuation;
    head.reserved = 0;
  } while (!head.fin);
  return octets;
}

// --- Echoes ----------------------------------------------------------------------------------------------

std::string conversation::next_compressed(const echo_step& wanted, std::uint64_t number,
                                          std::string_view payload) {
  const auto& recipe = wanted.message.content;
  const bool is_lap = !recipe.content().empty() && recipe.content_offset() == 0 && recipe.size() != 0 &&
                      content_size % recipe.size() == 0;
  if (!is_lap) return compress(payload);
  const compressed_lap lap = lap_of(recipe.content(), recipe.size(), own_direction());
  if (deflater_) deflater_->forget();
  return (*lap)[number % lap->size()];
}

task<std::string> conversation::echo(const echo_step& wanted) {
  const clock::time_point deadline = clock::now() + wanted.within;
  const bool moves_on = !wanted.message.content.content().empty();
  const bool compressed = wanted.message.compressed && deflate_;
  std::string payload = wanted.message.content.make(seed_);
  for (std::uint64_t number = 0; number < wanted.times; ++number) {
    if (moves_on && number != 0) {
      payload =
          cut_content(wanted.message.content.content(),
                      wanted.message.content.content_offset() + number * payload.size(), payload.size());
    }
    ++facts_.traffic.messages_sent;
    facts_.traffic.plain_sent += payload.size();
    std::string octets = compressed
                             ? frames_of(wanted.message, next_compressed(wanted, number, payload), true)
                             : frames_of(wanted.message, payload, false);
    echo_ = &payload;
    echo_binary_ = wanted.message.binary;
    co_await write(std::move(octets), wanted.message.chop);
    const bool came = co_await until(
        [this] {
          return echo_ == nullptr || facts_.is_over || facts_.is_stuck || facts_.peer_closed ||
                 !facts_.violation.empty();
        },
        deadline);
    const bool is_missing = std::exchange(echo_, nullptr) != nullptr;
    if (!echo_problem_.empty()) co_return std::exchange(echo_problem_, {});
    if (!is_missing) continue;
    if (came) co_return "the connection ended before echo " + std::to_string(number + 1) + " came";
    co_return "echo " + std::to_string(number + 1) + " did not come in time";
  }
  co_return std::string{};
}

bool conversation::take_echo(bool binary, const std::string& content) {
  if (echo_ == nullptr) return false;
  const std::string& wanted = *std::exchange(echo_, nullptr);
  if (binary != echo_binary_) {
    echo_problem_ = binary ? "text came back as binary" : "binary came back as text";
  } else if (content.size() != wanted.size()) {
    echo_problem_ =
        "of " + std::to_string(wanted.size()) + " octets " + std::to_string(content.size()) + " came back";
  } else if (content != wanted) {
    const auto first = std::ranges::mismatch(content, wanted).in1 - content.begin();
    echo_problem_ = "the echo differs from octet " + std::to_string(first) + " on";
  }
  return true;
}

}  // namespace conformance
