// What can be wrong with the peer: the table of faults.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace broken {

enum class fault : std::uint8_t {
  none,
  // The opening handshake.
  accepts_any_version,
  answers_200,
  answers_wrong_key,
  takes_any_key,
  takes_any_status,
  // Frames.
  accepts_fragmented_control_frames,
  accepts_long_control_frames,
  accepts_masked_frames,
  accepts_nonminimal_lengths,
  accepts_reserved_opcodes,
  accepts_unmasked_frames,
  accepts_wrong_sequence,
  ignores_rsv,
  sends_masked_frames,
  sends_nonminimal_lengths,
  sends_unmasked_frames,
  // Text.
  accepts_invalid_utf8,
  checks_utf8_at_end,
  checks_utf8_by_fragment,
  // Messages.
  corrupts_byte_65536,
  echoes_text_as_binary,
  late_messages,
  loses_empty_messages,
  merges_fragments,
  merges_pings,
  refuses_many_fragments,
  // Pings and pongs.
  answers_pings_empty,
  answers_pongs,
  late_pongs,
  pongs_behind_message,
  // Compression.
  compresses_without_rsv1,
  forgets_context,
  ignores_window_bits,
  keeps_context,
  // The end.
  accepts_any_close,
  drops_tcp_on_close,
  drops_tcp_on_violation,
  echoes_wrong_close_code,
  fails_with_normal_code,
  goes_on_after_close,
  hangs_on_close,
  late_close,
  never_ends_tcp,
  resets_tcp,
};

struct fault_entry {
  fault value;
  std::string_view name;
  std::string_view what;  ///< what the peer does wrong, in a few words
};

/// All of them, in the order of their values.
std::span<const fault_entry> faults() noexcept;

std::optional<fault> fault_named(std::string_view name) noexcept;

}  // namespace broken
