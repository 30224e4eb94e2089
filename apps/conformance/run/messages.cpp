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

void use_length_bits(std::string& octets, std::size_t head_at, const frame_step& step, std::uint64_t length) {
  const bool masked = (static_cast<unsigned char>(octets[head_at + 1]) & 0x80U) != 0;
  const std::size_t shortest = websock::protocol::head_size(length, false) - 2;
  std::string field;
  const std::size_t width = step.length_bits == 64 ? 8 : step.length_bits == 16 ? 2 : 0;
  for (std::size_t i = 0; i < width; ++i) field.push_back(static_cast<char>(length >> (8 * (width - 1 - i))));
  const unsigned small = width == 8 ? 127 : width == 2 ? 126 : static_cast<unsigned>(length & 0x7F);
  octets[head_at + 1] = static_cast<char>(small | (masked ? 0x80U : 0U));
  octets.replace(head_at + 2, shortest, field);
}

}  // namespace

task<void> conversation::send(const frame_step& step) {
  if (facts_.is_over) co_return;
  const std::string payload = step.content.make(seed_);
  frame_head head;
  head.kind = static_cast<opcode>(step.opcode);
  head.fin = step.fin;
  head.reserved = step.reserved;
  head.masked = step.masked.value_or(!is_server_);
  head.length = step.length.value_or(payload.size());
  if (step.key) std::memcpy(&head.key, step.key->data(), sizeof head.key);
  std::string octets;
  add_frame(octets, head, payload, step.chop);
  if (step.length_bits != 0) use_length_bits(octets, 0, step, head.length);
  co_await write(std::move(octets), step.chop);
}

task<void> conversation::send(const message_step& step) {
  if (facts_.is_over) co_return;
  std::string payload = step.content.make(seed_);
  ++facts_.traffic.messages_sent;
  facts_.traffic.plain_sent += payload.size();
  const bool compressed = step.compressed && deflate_;
  if (compressed) payload = compress(step, payload);
  std::string octets = frames_of(step, payload, compressed);
  co_await write(std::move(octets), step.chop);
}

std::string conversation::compress(const message_step&, std::string_view payload) {
  if (!deflater_) deflater_.emplace(own_direction());
  return deflater_->compress(payload);
}

// As the original fragments: where the size is an exact multiple, an empty frame ends the message.
std::string conversation::frames_of(const message_step& step, std::string_view payload, bool compressed) {
  std::string octets;
  const std::size_t piece =
      step.fragment == 0 || payload.size() <= step.fragment ? payload.size() : step.fragment;
  const bool is_split = piece != payload.size();
  std::size_t at = 0;
  frame_head head;
  head.masked = !is_server_;
  head.kind = step.binary ? opcode::binary : opcode::text;
  head.reserved = compressed ? websock::protocol::per_message_compressed : 0;
  do {
    const std::string_view part = payload.substr(at, piece);
    at += piece;
    head.fin = !is_split || at > payload.size();
    head.length = part.size();
    head.key = 0;
    facts_.traffic.wire_sent += part.size();
    add_frame(octets, head, part, step.chop);
    head.kind = opcode::continuation;
    head.reserved = 0;
  } while (!head.fin);
  return octets;
}

// --- Echoes ----------------------------------------------------------------------------------------------

std::string conversation::next_compressed(const echo_step& step, std::uint64_t number,
                                          std::string_view payload) {
  const auto& recipe = step.message.content;
  const bool is_lap =
      !recipe.content().empty() && recipe.content_offset() == 0 && content_size % recipe.size() == 0;
  if (!is_lap) return compress(step.message, payload);
  const compressed_lap lap = lap_of(recipe.content(), recipe.size(), own_direction());
  if (deflater_) deflater_->forget();
  return (*lap)[number % lap->size()];
}

task<std::string> conversation::echo(const echo_step& step) {
  const clock::time_point deadline = clock::now() + step.within;
  const bool moves_on = !step.message.content.content().empty();
  const bool compressed = step.message.compressed && deflate_;
  std::string payload = step.message.content.make(seed_);
  for (std::uint64_t number = 0; number < step.times; ++number) {
    if (moves_on && number != 0) {
      payload = cut_content(step.message.content.content(),
                            step.message.content.content_offset() + number * payload.size(), payload.size());
    }
    ++facts_.traffic.messages_sent;
    facts_.traffic.plain_sent += payload.size();
    std::string octets = compressed ? frames_of(step.message, next_compressed(step, number, payload), true)
                                    : frames_of(step.message, payload, false);
    echo_ = &payload;
    echo_binary_ = step.message.binary;
    co_await write(std::move(octets), step.message.chop);
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
