#include "websock/protocol/mask.hpp"

#include <openssl/rand.h>
#include <pthread.h>

#include <array>
#include <cstring>
#include <system_error>

namespace websock::protocol {
namespace {

// Sixteen octets in one register; a vector type of both compilers, so that speed depends neither on
// -O3 nor on the processor's family.
using block = std::uint32_t __attribute__((vector_size(16)));

template <class Word>
Word load(const std::byte* from) noexcept {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

template <class Word>
void store(std::byte* to, Word word) noexcept {
  std::memcpy(to, &word, sizeof word);
}

template <class Word>
Word repeat(masking_key key) noexcept;
template <>
std::uint32_t repeat(masking_key key) noexcept {
  return key;
}
template <>
std::uint64_t repeat(masking_key key) noexcept {
  return std::uint64_t{key} << 32 | key;
}
template <>
block repeat(masking_key key) noexcept {
  return block{key, key, key, key};
}

// For sizes from one Word up. The last Word may overlap the one before it: it is read before, and
// written after, all others, so that this holds in place too (`to == from`).
template <class Word>
void mask_by(std::byte* to, const std::byte* from, std::size_t size, masking_key key) noexcept {
  const std::size_t last = size - sizeof(Word);
  const Word end = load<Word>(from + last) ^ repeat<Word>(advance(key, last));
  const Word pattern = repeat<Word>(key);
  std::size_t at = 0;
  for (; at + 4 * sizeof(Word) <= last; at += 4 * sizeof(Word)) {
    const Word first = load<Word>(from + at) ^ pattern;
    const Word second = load<Word>(from + at + sizeof(Word)) ^ pattern;
    const Word third = load<Word>(from + at + 2 * sizeof(Word)) ^ pattern;
    const Word fourth = load<Word>(from + at + 3 * sizeof(Word)) ^ pattern;
    store(to + at, first);
    store(to + at + sizeof(Word), second);
    store(to + at + 2 * sizeof(Word), third);
    store(to + at + 3 * sizeof(Word), fourth);
  }
  for (; at < last; at += sizeof(Word)) store(to + at, load<Word>(from + at) ^ pattern);
  store(to + last, end);
}

void mask_octets(std::byte* to, const std::byte* from, std::size_t size, masking_key key) noexcept {
  for (std::size_t i = 0; i < size; ++i) {
    to[i] = from[i] ^ reinterpret_cast<const std::byte*>(&key)[i % 4];
  }
}

void mask_any(std::byte* to, const std::byte* from, std::size_t size, masking_key key) noexcept {
  if (size >= sizeof(block)) return mask_by<block>(to, from, size, key);
  if (size >= sizeof(std::uint64_t)) return mask_by<std::uint64_t>(to, from, size, key);
  if (size >= sizeof(std::uint32_t)) return mask_by<std::uint32_t>(to, from, size, key);
  mask_octets(to, from, size, key);
}

// Keys are drawn in batches: RAND_bytes costs about a microsecond, whatever the amount.
struct key_batch {
  std::array<masking_key, 256> keys;
  std::size_t left;
};
thread_local constinit key_batch batch{};

// The one thread of a child process must not use the keys that its parent goes on to use.
void forget_keys_in_child() noexcept { batch.left = 0; }

// Out of line, so that drawing a key is small enough to be inlined.
[[gnu::noinline]] void refill() {
  static const int registered = pthread_atfork(nullptr, nullptr, forget_keys_in_child);
  static_cast<void>(registered);
  if (RAND_bytes(reinterpret_cast<unsigned char*>(batch.keys.data()), sizeof batch.keys) != 1) {
    throw std::system_error{std::make_error_code(std::errc::resource_unavailable_try_again),
                            "no random bytes for a masking key"};
  }
  batch.left = batch.keys.size();
}

}  // namespace

void apply_mask(mutable_bytes payload, masking_key key) noexcept {
  mask_any(payload.data(), payload.data(), payload.size(), key);
}

void copy_masked(std::byte* to, bytes_view from, masking_key key) noexcept {
  mask_any(to, from.data(), from.size(), key);
}

masking_key fresh_masking_key() {
  if (batch.left == 0) [[unlikely]]
    refill();
  return batch.keys[--batch.left];
}

}  // namespace websock::protocol
