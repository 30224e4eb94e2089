#include "fault.hpp"

#include <algorithm>
#include <iterator>

namespace broken {
namespace {

constexpr fault_entry table[] = {
    {fault::none, "none", "nothing: a correct endpoint"},
    {fault::accepts_any_version, "accepts_any_version", "(server) opens whatever Sec-WebSocket-Version says"},
    {fault::answers_200, "answers_200", "(server) opens with the status 200"},
    {fault::answers_wrong_key, "answers_wrong_key", "(server) has a wrong Sec-WebSocket-Accept"},
    {fault::takes_any_key, "takes_any_key", "(client) does not look at Sec-WebSocket-Accept"},
    {fault::takes_any_status, "takes_any_status", "(client) does not look at the status"},
    {fault::accepts_fragmented_control_frames, "accepts_fragmented_control_frames",
     "takes a control frame without FIN for a whole one"},
    {fault::accepts_long_control_frames, "accepts_long_control_frames", "takes control frames of any length"},
    {fault::accepts_masked_frames, "accepts_masked_frames", "(client) takes masked frames"},
    {fault::accepts_nonminimal_lengths, "accepts_nonminimal_lengths",
     "takes lengths that fit a shorter form"},
    {fault::accepts_reserved_opcodes, "accepts_reserved_opcodes", "passes over frames with reserved opcodes"},
    {fault::accepts_unmasked_frames, "accepts_unmasked_frames", "(server) takes unmasked frames"},
    {fault::accepts_wrong_sequence, "accepts_wrong_sequence",
     "begins a message with a continuation, and inside of another one"},
    {fault::ignores_rsv, "ignores_rsv", "passes over RSV bits without a meaning"},
    {fault::sends_masked_frames, "sends_masked_frames", "(server) masks"},
    {fault::sends_nonminimal_lengths, "sends_nonminimal_lengths", "has all lengths of messages in 64 bits"},
    {fault::sends_unmasked_frames, "sends_unmasked_frames", "(client) does not mask"},
    {fault::accepts_invalid_utf8, "accepts_invalid_utf8", "does not look at the octets of a text"},
    {fault::checks_utf8_at_end, "checks_utf8_at_end", "looks at a text when it is whole, no earlier"},
    {fault::checks_utf8_by_fragment, "checks_utf8_by_fragment", "wants each fragment to be valid UTF-8"},
    {fault::corrupts_byte_65536, "corrupts_byte_65536",
     "flips a bit of the octet at offset 65536 of a message"},
    {fault::echoes_text_as_binary, "echoes_text_as_binary", "echoes texts as binary messages"},
    {fault::late_messages, "late_messages", "echoes messages seconds late"},
    {fault::loses_empty_messages, "loses_empty_messages", "does not echo an empty message"},
    {fault::merges_fragments, "merges_fragments",
     "keeps a fragmented message, so that the next one is glued to it"},
    {fault::merges_pings, "merges_pings", "glues a ping's payload to the message that it came inside of"},
    {fault::refuses_many_fragments, "refuses_many_fragments", "closes with 1008 behind 16384 fragments"},
    {fault::answers_pings_empty, "answers_pings_empty", "answers pings without their payload"},
    {fault::answers_pongs, "answers_pongs", "answers a pong with a pong"},
    {fault::late_pongs, "late_pongs", "answers pings seconds late"},
    {fault::pongs_behind_message, "pongs_behind_message",
     "answers a ping inside of a message behind that message"},
    {fault::compresses_without_rsv1, "compresses_without_rsv1", "sends compressed messages as plain ones"},
    {fault::forgets_context, "forgets_context", "inflates each message by itself, whatever was agreed on"},
    {fault::ignores_window_bits, "ignores_window_bits", "compresses with 15 bits, whatever was agreed on"},
    {fault::keeps_context, "keeps_context", "compresses with its context, whatever was agreed on"},
    {fault::accepts_any_close, "accepts_any_close", "echoes the payload of a Close frame, whatever it is"},
    {fault::drops_tcp_on_close, "drops_tcp_on_close", "ends TCP instead of answering a Close frame"},
    {fault::drops_tcp_on_violation, "drops_tcp_on_violation",
     "ends TCP instead of failing with a Close frame"},
    {fault::echoes_wrong_close_code, "echoes_wrong_close_code", "answers each Close frame with 1011"},
    {fault::fails_with_normal_code, "fails_with_normal_code", "closes with 1000 what the other side broke"},
    {fault::goes_on_after_close, "goes_on_after_close", "answers what comes behind a Close frame"},
    {fault::hangs_on_close, "hangs_on_close", "neither answers a Close frame nor ends TCP"},
    {fault::late_close, "late_close", "answers a Close frame seconds late"},
    {fault::never_ends_tcp, "never_ends_tcp", "answers a Close frame and leaves TCP open"},
    {fault::resets_tcp, "resets_tcp", "answers a Close frame and resets TCP"},
};

}  // namespace

std::span<const fault_entry> faults() noexcept { return table; }

std::optional<fault> fault_named(std::string_view name) noexcept {
  const auto found = std::find_if(std::begin(table), std::end(table),
                                  [name](const fault_entry& entry) { return entry.name == name; });
  if (found == std::end(table)) return std::nullopt;
  return found->value;
}

}  // namespace broken
