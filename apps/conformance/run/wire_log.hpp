// What went over the wire, for the report: counted in full, kept in part.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "run/result.hpp"
#include "websock/protocol/frame.hpp"

namespace conformance {

class wire_log {
 public:
  void octets_received(std::string_view octets);
  void octets_sent(std::string_view octets);
  void frame_received(const websock::protocol::frame_head& head, std::string_view payload);
  void frame_sent(const websock::protocol::frame_head& head, std::string_view payload, std::uint64_t chop);
  void note(wire_entry::kind what, double seconds = 0, std::string_view tag = {});

  /// Moves counts and entries into the result.
  void finish(case_result& into);

 private:
  wire_entry& add(wire_entry::kind what);
  static void keep(wire_entry& entry, std::string_view data);
  void add_frame(wire_entry::kind what, const websock::protocol::frame_head& head, std::string_view payload,
                 std::uint64_t chop);

  std::vector<wire_entry> first_;
  std::deque<wire_entry> last_;
  std::uint64_t left_out_ = 0;
  case_result counts_;
};

}  // namespace conformance
