#include "run/wire_log.hpp"

#include <cstring>
#include <iterator>
#include <utility>

namespace conformance {
namespace {

// A log of 65,536 frames is for nobody: its beginning and its end are.
constexpr std::size_t first_entries = 200;
constexpr std::size_t last_entries = 50;

}  // namespace

void wire_log::octets_received(std::string_view octets) {
  ++counts_.octets_received[octets.size()];
  keep(add(wire_entry::kind::octets_received), octets);
}

void wire_log::octets_sent(std::string_view octets) {
  ++counts_.octets_sent[octets.size()];
  keep(add(wire_entry::kind::octets_sent), octets);
}

void wire_log::frame_received(const websock::protocol::frame_head& head, std::string_view payload) {
  ++counts_.frames_received[static_cast<unsigned>(head.kind)];
  add_frame(wire_entry::kind::frame_received, head, payload, 0);
}

void wire_log::frame_sent(const websock::protocol::frame_head& head, std::string_view payload,
                          std::uint64_t chop) {
  ++counts_.frames_sent[static_cast<unsigned>(head.kind)];
  add_frame(wire_entry::kind::frame_sent, head, payload, chop);
}

void wire_log::note(wire_entry::kind what, double seconds, std::string_view tag) {
  wire_entry& entry = add(what);
  entry.seconds = seconds;
  entry.tag = tag;
}

void wire_log::finish(case_result& into) {
  into.octets_received = std::move(counts_.octets_received);
  into.octets_sent = std::move(counts_.octets_sent);
  into.frames_received = std::move(counts_.frames_received);
  into.frames_sent = std::move(counts_.frames_sent);
  into.log = std::move(first_);
  if (left_out_ != 0) {
    wire_entry& gap = into.log.emplace_back();
    gap.what = wire_entry::kind::left_out;
    gap.size = left_out_;
  }
  std::move(last_.begin(), last_.end(), std::back_inserter(into.log));
}

wire_entry& wire_log::add(wire_entry::kind what) {
  wire_entry entry;
  entry.what = what;
  if (first_.size() < first_entries) return first_.emplace_back(std::move(entry));
  if (last_.size() == last_entries) {
    last_.pop_front();
    ++left_out_;
  }
  return last_.emplace_back(std::move(entry));
}

void wire_log::keep(wire_entry& entry, std::string_view data) {
  entry.data = data.substr(0, shown_octets);
  entry.size = data.size();
}

void wire_log::add_frame(wire_entry::kind what, const websock::protocol::frame_head& head,
                         std::string_view payload, std::uint64_t chop) {
  wire_entry& entry = add(what);
  keep(entry, payload);
  entry.opcode = static_cast<std::uint8_t>(head.kind);
  entry.fin = head.fin;
  entry.reserved = head.reserved;
  entry.chop = chop;
  if (!head.masked) return;
  std::string& key = entry.key.emplace(sizeof head.key, '\0');
  std::memcpy(key.data(), &head.key, sizeof head.key);
}

}  // namespace conformance
